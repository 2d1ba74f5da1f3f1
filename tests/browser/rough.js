// What a screen reader would stumble over, and what the policy of the pages forbids.
(() => {
  const rough = [], all = selector => [...document.querySelectorAll(selector)];
  const once = (what, count) => { if (count !== 1) rough.push(`${count} of ${what}`); };
  once('h1', all('h1').length);
  once('main', all('main').length);
  once('title', document.title ? 1 : 0);
  if (!document.documentElement.lang) rough.push('no language');
  const first = all('a[href], button, input, textarea, summary, [tabindex="0"]')[0];
  if (!first || first.getAttribute('href') !== '#main' || !document.querySelector('#main')) rough.push('no way past the navigation');
  let before = 0;
  for (const heading of all('main h1, main h2, main h3, main h4')) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) rough.push(`a heading of level ${level} after ${before}: ${heading.textContent}`);
    if (!heading.textContent.trim()) rough.push('an empty heading');
    before = level;
  }
  for (const field of all('input, textarea, select')) {
    if (!field.labels || field.labels.length === 0) rough.push(`no label: ${field.name || field.className}`);
  }
  for (const part of all('nav, section, [role=region]')) {
    const by = part.getAttribute('aria-labelledby');
    if (by ? !document.getElementById(by) : !part.getAttribute('aria-label')) rough.push(`no name: ${part.outerHTML.slice(0, 80)}`);
  }
  for (const named of all('a, button, summary')) if (!named.textContent.trim()) rough.push(`says nothing: ${named.outerHTML.slice(0, 80)}`);
  for (const table of all('table')) if (!table.querySelector('th')) rough.push('a table without headings');
  const ids = all('[id]').map(element => element.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) rough.push(`twice: #${id}`);
  for (const link of all('a[href^="#"]')) {
    if (!document.getElementById(decodeURIComponent(link.hash.slice(1)))) rough.push(`leads nowhere: ${link.hash}`);
  }
  if (all('script, [style], [onclick], iframe').length) rough.push('a script, a style of its own or a frame');
  return rough;
})()
