//! A panic in the child ends it at once.
//!
//! Unwinding would ask the dynamic linker for its list of libraries, under a lock that another
//! thread may have held at the fork; and the usual report would resolve symbols and write to
//! descriptors that are closed. So the panic hook, which comes first, notes what the panic says
//! and ends the process. In the parent the hook that was there before goes on to serve.

use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use super::child_process::exit;
use super::shared_page::SharedState;
use crate::ForkSafeAllocator;

/// The child's shared page, for the hook. Only ever set in a child.
static PAGE: AtomicPtr<SharedState> = AtomicPtr::new(std::ptr::null_mut());

/// Puts the hook in place, once in a process.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if ForkSafeAllocator::is_in_child() {
                end_child(info);
            }
            usual(info);
        }));
    });
}

/// Tells the hook where to write to. For the child only.
pub(super) fn report_to(page: &'static SharedState) {
    PAGE.store(std::ptr::from_ref(page).cast_mut(), Relaxed);
}

fn end_child(info: &PanicHookInfo<'_>) {
    // SAFETY: null, or what was a `&'static` to atomics.
    if let Some(page) = unsafe { PAGE.load(Relaxed).as_ref() } {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("no message");
        let file = info
            .location()
            .map_or("an unknown place", |place| place.file());
        page.report_panic(&[message, ", in ", file]);
    }
    exit(1);
}
