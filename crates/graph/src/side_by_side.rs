//! Two pieces of work at a time.

use std::panic::resume_unwind;
use std::thread::{Builder, scope};

/// Work beside the caller's recurses nowhere.
const STACK_BYTES: usize = 2 << 20;

/// Does one piece of work in a thread of its own while the caller does the other; first one, then the
/// other where there can be no further thread. A panic in the thread goes on in the caller.
pub(crate) fn side_by_side<A: Send, B>(
    beside: impl Fn() -> A + Sync,
    here: impl FnOnce() -> B,
) -> (A, B) {
    scope(|scope| {
        let thread = Builder::new()
            .name("heapwatch".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, &beside);
        let Ok(thread) = thread else {
            return (beside(), here());
        };
        let result = here();
        match thread.join() {
            Ok(other) => (other, result),
            Err(panic) => resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn both_are_done_at_a_time() {
        let both = Barrier::new(2);
        let meet = || both.wait().is_leader();
        let (beside, here) = side_by_side(meet, meet);
        assert!(beside ^ here, "each waited for the other");
    }

    #[test]
    fn a_panic_in_the_thread_goes_on_in_the_caller() {
        let panics = || -> u32 { resume_unwind(Box::new("beside")) };
        let caught = catch_unwind(AssertUnwindSafe(|| side_by_side(panics, || 1)));
        let panic = caught.err().and_then(|panic| panic.downcast::<&str>().ok());
        assert_eq!(panic.as_deref(), Some(&"beside"));
    }
}
