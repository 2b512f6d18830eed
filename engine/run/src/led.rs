//! Time that somebody else leads: whoever is at the other end of a socket says what time it is, and is told what this
//! process waits for, so that they can let the time pass at once where nothing else is waited for.
//!
//! Promises: the time never goes back; between two words from the other end it passes as it is told to. A wait ends
//! when the other end says that its moment has come, and at once where the other end is gone.
//!
//! One line from there: `MICROSECONDS-SINCE-1970 RATE`. One line to there: `REST LIMIT WORLD PROCESS`: the first moment
//! at which a rest ends and that at which something is late, or `-`; how many wait for the world and for a process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use runbook_model::clock::{Awaited, Pause};
use runbook_model::{Failure, Millis, Time, code};

/// The time of whoever listens at a socket.
#[derive(Clone, Debug)]
pub struct Led(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where moments are counted from, and the time of day there.
    base: (Instant, i64),
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What was told last, and when by our own clock.
    told: (Instant, i64, f64),
    last: i64,
    gone: bool,
    waits: BTreeMap<u64, Wait>,
    next: u64,
    awaited: [u64; 2],
    to: UnixStream,
}

#[derive(Debug)]
struct Wait {
    moment: i64,
    pause: Pause,
    waker: Option<Waker>,
}

impl Led {
    /// Goes by the time of whoever listens at `socket`.
    ///
    /// # Errors
    /// Where nobody listens there, or does not say what time it is.
    pub fn by(socket: &Path) -> Result<Self, Failure> {
        let trouble = |error: std::io::Error| {
            let what = format!("nobody at `{}` says what time it is", socket.display());
            Failure::new(code::RUN_DIED, what).because(error)
        };
        let to = UnixStream::connect(socket).map_err(trouble)?;
        let mut from = BufReader::new(to.try_clone().map_err(trouble)?);
        let odd = || trouble(std::io::Error::other("what it says is no time"));
        let (at, rate) = heard(&mut from).ok_or_else(odd)?;
        let here = Instant::now();
        let state = State {
            told: (here, at, rate),
            last: at,
            gone: false,
            waits: BTreeMap::new(),
            next: 0,
            awaited: [0; 2],
            to,
        };
        let led = Self(Arc::new(Inner { base: (here, at), state: Mutex::new(state) }));
        let inner = Arc::clone(&led.0);
        let listen = move || {
            while let Some((at, rate)) = heard(&mut from) {
                inner.state().hear(at, rate);
            }
            inner.state().end();
        };
        std::thread::Builder::new().name("time".into()).spawn(listen).map_err(trouble)?;
        Ok(led)
    }
}

fn heard(from: &mut impl BufRead) -> Option<(i64, f64)> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (at, rate) = line.trim().split_once(' ')?;
    Some((at.parse().ok()?, rate.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0)?))
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moment(&self, at: i64) -> Instant {
        self.base.0 + Duration::from_micros(u64::try_from(at - self.base.1).unwrap_or(0))
    }

    /// The first microsecond that is not before `moment`.
    fn micros(&self, moment: Instant) -> i64 {
        let since = moment.saturating_duration_since(self.base.0);
        self.base.1.saturating_add(i64::try_from(since.as_nanos().div_ceil(1000)).unwrap_or(i64::MAX))
    }
}

impl State {
    fn now(&mut self) -> i64 {
        let (when, at, rate) = self.told;
        let passed = i64::try_from(when.elapsed().mul_f64(rate).as_micros()).unwrap_or(i64::MAX);
        self.last = self.last.max(at.saturating_add(passed));
        self.last
    }

    fn hear(&mut self, at: i64, rate: f64) {
        let at = at.max(self.now());
        self.told = (Instant::now(), at, rate);
        for wait in self.waits.values_mut().filter(|wait| wait.moment <= at) {
            wait.waker.take().into_iter().for_each(Waker::wake);
        }
    }

    fn end(&mut self) {
        self.gone = true;
        self.waits.values_mut().filter_map(|wait| wait.waker.take()).for_each(Waker::wake);
    }

    /// Tells the other end what is waited for.
    fn tell(&mut self) {
        let first = |pause| self.waits.values().filter(|wait| wait.pause == pause).map(|wait| wait.moment).min();
        let shown = |moment: Option<i64>| moment.map_or_else(|| "-".to_owned(), |moment| moment.to_string());
        let (rest, limit) = (shown(first(Pause::Rest)), shown(first(Pause::Limit)));
        let [world, process] = self.awaited;
        // Who is gone needs no telling.
        let _ = self.to.write_all(format!("{rest} {limit} {world} {process}\n").as_bytes());
    }
}

impl Time for Led {
    fn now(&self) -> Instant {
        let now = self.0.state().now();
        self.0.moment(now)
    }

    fn day(&self) -> Millis {
        self.0.state().now() / 1000
    }

    fn until(&self, moment: Instant, pause: Pause) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let moment = self.0.micros(moment);
        Box::pin(Until { of: Arc::clone(&self.0), moment, pause, number: None })
    }

    fn awaits(&self, what: Awaited) -> Box<dyn Send> {
        Box::new(Awaits::new(Arc::clone(&self.0), what))
    }
}

/// Somebody waits for something while this is kept.
struct Awaits {
    of: Arc<Inner>,
    which: usize,
}

impl Awaits {
    fn new(of: Arc<Inner>, what: Awaited) -> Self {
        let which = usize::from(what == Awaited::Process);
        let awaits = Self { of, which };
        let mut state = awaits.of.state();
        state.awaited[which] += 1;
        state.tell();
        drop(state);
        awaits
    }
}

impl Drop for Awaits {
    fn drop(&mut self) {
        let mut state = self.of.state();
        state.awaited[self.which] -= 1;
        state.tell();
    }
}

/// A wait for a moment.
struct Until {
    of: Arc<Inner>,
    moment: i64,
    pause: Pause,
    number: Option<u64>,
}

impl Future for Until {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let of = Arc::clone(&self.of);
        let mut state = of.state();
        if state.gone || state.now() >= self.moment {
            return Poll::Ready(());
        }
        let waker = Some(cx.waker().clone());
        if let Some(wait) = self.number.and_then(|number| state.waits.get_mut(&number)) {
            wait.waker = waker;
            return Poll::Pending;
        }
        state.next += 1;
        let number = state.next;
        state.waits.insert(number, Wait { moment: self.moment, pause: self.pause, waker });
        state.tell();
        self.number = Some(number);
        Poll::Pending
    }
}

impl Drop for Until {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut state = self.of.state();
        state.waits.remove(&number);
        state.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    struct Leader {
        to: UnixStream,
        from: BufReader<UnixStream>,
        time: Led,
        _folder: tempfile::TempDir,
    }

    impl Leader {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("time");
            let listener = UnixListener::bind(&path).unwrap();
            let connected = std::thread::spawn(move || Led::by(&path).unwrap());
            let (mut to, _) = listener.accept().unwrap();
            to.write_all(b"1000000000 0\n").unwrap();
            let time = connected.join().unwrap();
            let from = BufReader::new(to.try_clone().unwrap());
            Self { to, from, time, _folder: folder }
        }

        fn hears(&mut self, line: &str) {
            let mut heard = String::new();
            self.from.read_line(&mut heard).unwrap();
            assert_eq!(heard.trim(), line);
        }
    }

    fn block_on(future: Pin<Box<dyn Future<Output = ()> + Send + '_>>) {
        struct Unpark(std::thread::Thread);
        impl std::task::Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut future = future;
        while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
            std::thread::park();
        }
    }

    #[test]
    fn a_rest_is_told_and_ends_when_the_leader_says_that_its_time_has_come() {
        let mut leader = Leader::new();
        let time = leader.time.clone();
        assert_eq!(time.day(), 1_000_000);
        let begun = time.now();
        let rests = std::thread::spawn(move || {
            block_on(time.until(time.now() + Duration::from_secs(60), Pause::Rest));
            time
        });
        leader.hears("1060000000 - 0 0");
        leader.to.write_all(b"1030000000 0\n1060000000 0\n").unwrap();
        let time = rests.join().unwrap();
        leader.hears("- - 0 0");
        assert_eq!(time.now() - begun, Duration::from_secs(60));
    }

    #[test]
    fn a_time_that_goes_back_is_not_believed() {
        let mut leader = Leader::new();
        let waits = leader.time.awaits(Awaited::World);
        leader.hears("- - 1 0");
        leader.to.write_all(b"5 0\n").unwrap();
        drop(waits);
        leader.hears("- - 0 0");
        assert_eq!(leader.time.day(), 1_000_000);
    }

    #[test]
    fn a_leader_that_is_gone_keeps_nobody_waiting() {
        let leader = Leader::new();
        let time = leader.time.clone();
        let rests = std::thread::spawn(move || block_on(time.until(time.now() + Duration::from_secs(60), Pause::Rest)));
        drop(leader);
        rests.join().unwrap();
    }
}
