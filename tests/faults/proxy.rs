//! A TCP proxy between worker and broker that does what networks do. For tests only.
//!
//! Its mode may change at any moment and holds for every connection that passes it, old and new.

#![expect(
    clippy::disallowed_methods,
    reason = "a test sees its tasks fail by what they do not do"
)]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What happens to what passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Pass,
    /// Every piece is late, and comes in small pieces.
    Delay(Duration),
    /// Every connection is reset, and every new one.
    Reset,
    /// After so many more bytes a connection ends, in the middle of a frame.
    Truncate(usize),
    /// What the broker says no longer comes, as if it had closed its side in order; what the worker says does.
    HalfClose,
    /// Nothing passes, and nothing is said about it.
    Swallow,
}

pub struct Proxy {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a port of its own, on loopback, for the broker at `url`.
    pub async fn start(url: &str) -> Self {
        let target = url::Url::parse(url).unwrap();
        let target = format!("{}:{}", target.host_str().unwrap(), target.port().unwrap_or(5672));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mode = watch::Sender::new(Mode::Pass);
        let accepted = Arc::new(AtomicUsize::new(0));
        let (modes, count) = (mode.clone(), Arc::clone(&accepted));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(pass(client, target.clone(), modes.subscribe()));
            }
        });
        Self {
            address,
            mode,
            accepted,
            task,
        }
    }

    /// The broker's URL by way of the proxy.
    pub fn url(&self, url: &str) -> String {
        let mut url = url::Url::parse(url).unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string()
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// Connections that were opened so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What one direction ended with.
#[derive(PartialEq)]
enum End {
    Closed,
    Reset,
}

async fn pass(client: TcpStream, target: String, modes: watch::Receiver<Mode>) {
    let Ok(broker) = TcpStream::connect(target).await else {
        return;
    };
    for socket in [&client, &broker] {
        drop(socket.set_nodelay(true));
    }
    let (client_reads, client_writes) = client.into_split();
    let (broker_reads, broker_writes) = broker.into_split();
    let mut up = tokio::spawn(pump(client_reads, broker_writes, modes.clone(), false));
    let mut down = tokio::spawn(pump(broker_reads, client_writes, modes, true));
    let first = tokio::select! {
        ended = &mut up => ended,
        ended = &mut down => ended,
    };
    // One direction that closed in order leaves the other open, as TCP does; anything else ends both.
    if !matches!(first, Ok(End::Closed)) {
        up.abort();
        down.abort();
    }
}

async fn pump(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    mut modes: watch::Receiver<Mode>,
    is_down: bool,
) -> End {
    let mut buffer = vec![0; 16 << 10];
    let mut left = None;
    loop {
        let mode = *modes.borrow_and_update();
        if !matches!(mode, Mode::Truncate(_)) {
            left = None;
        }
        match mode {
            Mode::Reset => return reset(&to),
            Mode::HalfClose if is_down => {
                // Dropping it says that there is no more. The mode's end does not open it again.
                drop(to);
                while !matches!(read(&from, &mut buffer).await, Ok(0) | Err(_)) {}
                return End::Closed;
            }
            Mode::Swallow => {
                if modes.changed().await.is_err() {
                    return End::Closed;
                }
                continue;
            }
            Mode::Pass | Mode::Delay(_) | Mode::Truncate(_) | Mode::HalfClose => {}
        }
        let most = if matches!(mode, Mode::Delay(_)) {
            512
        } else {
            buffer.len()
        };
        let read = tokio::select! {
            read = read(&from, &mut buffer[..most]) => read,
            changed = modes.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return End::Closed,
            },
        };
        let count = match read {
            Ok(0) => return End::Closed,
            Ok(count) => count,
            Err(_) => return reset(&to),
        };
        if let Mode::Delay(delay) = mode {
            sleep(delay).await;
        }
        let mut passes = count;
        if let Mode::Truncate(after) = mode {
            let room = left.get_or_insert(after);
            passes = passes.min(*room);
            *room -= passes;
        }
        if write(&to, &buffer[..passes]).await.is_err() || passes < count {
            return reset(&to);
        }
    }
}

async fn read(from: &OwnedReadHalf, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

async fn write(to: &OwnedWriteHalf, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The next drop of the socket resets the connection.
fn reset(to: &OwnedWriteHalf) -> End {
    drop(to.as_ref().set_zero_linger());
    End::Reset
}
