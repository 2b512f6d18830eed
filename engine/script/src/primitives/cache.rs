//! A small store of what is costly to compile: patterns and filters. Bounded; the one unused longest makes room.

use std::sync::{Arc, Mutex, PoisonError};

/// The most entries of one store.
const ENTRIES_MAX: usize = 64;

/// Compiled things by the text they were compiled from.
pub(super) struct Cache<T> {
    /// The last used stands last.
    entries: Mutex<Vec<(String, Arc<T>)>>,
}

impl<T> Cache<T> {
    /// An empty store.
    pub(super) const fn new() -> Self {
        Self { entries: Mutex::new(Vec::new()) }
    }

    /// What `key` was compiled to; compiles it where it is not there. A failure is not kept.
    pub(super) fn get<E>(&self, key: &str, compile: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        if let Some(known) = self.take(key) {
            self.put(key.to_owned(), Arc::clone(&known));
            return Ok(known);
        }
        // Compiled without the lock: branches must not wait for each other.
        let fresh = Arc::new(compile()?);
        self.put(key.to_owned(), Arc::clone(&fresh));
        Ok(fresh)
    }

    fn take(&self, key: &str) -> Option<Arc<T>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let at = entries.iter().position(|(known, _)| known == key)?;
        Some(entries.remove(at).1)
    }

    fn put(&self, key: String, value: Arc<T>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|(known, _)| *known != key);
        if entries.len() >= ENTRIES_MAX {
            entries.remove(0);
        }
        entries.push((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_once_is_not_compiled_again() {
        let cache = Cache::new();
        assert_eq!(*cache.get("a", || Ok::<_, ()>(1)).unwrap(), 1);
        assert_eq!(*cache.get("a", || Ok::<_, ()>(2)).unwrap(), 1);
    }

    #[test]
    fn the_store_stays_small_and_keeps_what_is_used() {
        let cache = Cache::new();
        for n in 0..ENTRIES_MAX * 3 {
            cache.get("kept", || Ok::<_, ()>(usize::MAX)).unwrap();
            cache.get(&n.to_string(), || Ok::<_, ()>(n)).unwrap();
        }
        assert_eq!(cache.entries.lock().unwrap().len(), ENTRIES_MAX);
        assert_eq!(*cache.get("kept", || Ok::<_, ()>(0)).unwrap(), usize::MAX);
    }

    #[test]
    fn a_failure_is_not_kept() {
        let cache = Cache::new();
        assert_eq!(cache.get("a", || Err::<u8, _>("no")), Err("no"));
        assert_eq!(*cache.get("a", || Ok::<_, ()>(1)).unwrap(), 1);
    }
}
