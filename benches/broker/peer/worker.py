"""A worker as it is often written: pika, trafilatura for the text, a regular expression for the quotes.

Usage: worker.py URL INPUT OUTPUT PREFETCH. Publishes with confirms and acknowledges after them.
"""

import json
import re
import sys

import pika
import trafilatura

QUOTE = re.compile(r'[“"]([^”"]{10,600})[”"],?\s+(?:(?:said|says)\s+([A-Z][\w.-]+(?:\s+[A-Z][\w.-]+)*)|([A-Z][\w.-]+(?:\s+[A-Z][\w.-]+)*)\s+(?:said|says))')


def enrich(body):
    page = body.decode("utf-8", "replace")
    if page.lstrip().startswith("{"):
        page = json.loads(page).get("html") or ""
    found = trafilatura.bare_extraction(page, with_metadata=True)
    text = found.text if found else ""
    quotes = [
        {"start": match.start(1), "end": match.end(1), "text": match[1], "speaker": match[2] or match[3]}
        for match in QUOTE.finditer(text or "")
    ]
    title = found.title if found else None
    return json.dumps({"title": title, "text": text, "quotes": quotes}).encode()


def main():
    url, source, target, prefetch = sys.argv[1:]
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=int(prefetch))

    def handle(channel, method, properties, body):
        answer = pika.BasicProperties(
            content_type="application/json", delivery_mode=2, correlation_id=properties.message_id
        )
        channel.basic_publish("", target, enrich(body), answer, mandatory=True)
        channel.basic_ack(method.delivery_tag)

    channel.basic_consume(source, handle)
    channel.start_consuming()


main()
