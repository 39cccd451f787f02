//! Small views that keep large buffers.
//!
//! **What**: the members are Buffers or typed arrays, and their memory is that of an ArrayBuffer
//! which others look at, too: a slice of a larger buffer, or of Node's pool.
//!
//! **Why it is bad**: `subarray`, `slice` and the pool behind `Buffer.from` don't copy. A view of
//! 16 bytes keeps all of the ArrayBuffer.
//!
//! Leaks:
//! ```js
//! socket.on('data', (chunk) => tokens.push(chunk.subarray(0, 16)));      // keeps 64 KB each
//! ```
//! Clean: `Buffer.copyBytesFrom(chunk, 0, 16)` or `Buffer.alloc(16, ...)`: bytes of its own.
//!
//! **Limits**: the length of a view isn't in a capture. A view that is the only one of its
//! ArrayBuffer looks like a buffer of that size, and is told by the rules for collections unless the
//! line that adds it calls `subarray` or `slice`.

use heapwatch_graph::NodeId;

use super::{Cause, Finding};
use crate::text;

/// ArrayBuffers smaller than this are what people allocate for themselves.
const MIN_BUFFER: u64 = 4 << 10;

pub(super) fn recognise(finding: &Finding<'_>) -> Option<Cause> {
    let anatomy = finding.anatomy();
    let is_shared =
        |member| memory(finding, member).is_some_and(|buffer| !anatomy.keeps(member, buffer));
    let has_memory = |member| memory(finding, member).is_some();
    let whose = if finding.most(is_shared) {
        "that they share with others"
    } else if finding.adds_parts && finding.most(has_memory) {
        "of which they show a part"
    } else {
        return None;
    };
    let buffer = memory(finding, finding.member())?;
    Some(Cause {
        id: "buffer-views",
        evidence: format!(
            "{} in `{}` ({}) are views of ArrayBuffers of {} {whose}; {}{}.",
            text::counted(finding.count, finding.class, &format!("{}s", finding.class)),
            finding.owner_name,
            finding.owner_class,
            text::bytes(anatomy.retained(buffer)),
            finding.gain(),
            finding.added(),
        ),
        advice: format!(
            "If `{}` needs only a part of each buffer, copy that part (`Buffer.copyBytesFrom`, \
             `Uint8Array.prototype.slice`): `subarray` and `Buffer.from` share memory. If it needs \
             all, give it a bound.",
            finding.owner_name
        ),
        ..Cause::default()
    })
}

/// The ArrayBuffer of a view, or of one in a field of the member, if it is large.
fn memory(finding: &Finding<'_>, member: NodeId) -> Option<NodeId> {
    let anatomy = finding.anatomy();
    let of_view = |view: NodeId| {
        let buffer = anatomy
            .property(view, "buffer")
            .or_else(|| anatomy.internal(view, "buffer"))?;
        let is_buffer =
            anatomy.is(buffer, "ArrayBuffer") || anatomy.is(buffer, "SharedArrayBuffer");
        (is_buffer && anatomy.retained(buffer) >= MIN_BUFFER).then_some(buffer)
    };
    of_view(member)
}

#[cfg(test)]
mod tests {
    use heapwatch_testing::{FixtureBuilder, heap};

    use super::super::cases::Case;
    use super::recognise;

    /// Two views in a list, of ArrayBuffers of these labels and this size.
    fn views(buffers: [&str; 2], size: u64) -> FixtureBuilder {
        let mut fixture = heap();
        fixture
            .module_scope("module")
            .variable("tokens", "list")
            .js_array("list", &["one", "two"]);
        for (view, buffer) in ["one", "two"].into_iter().zip(buffers) {
            fixture
                .object(view, "Buffer")
                .size(100)
                .internal("buffer", buffer);
            if !fixture.has(buffer) {
                let store = format!("{buffer}.store");
                fixture
                    .object(buffer, "ArrayBuffer")
                    .internal("backing_store", &store);
                fixture
                    .native(&store, "system / JSArrayBufferData")
                    .size(size);
            }
        }
        fixture
    }

    fn evidence(fixture: &FixtureBuilder) -> Option<String> {
        told_where_parts_are_added(fixture, false)
    }

    fn told_where_parts_are_added(fixture: &FixtureBuilder, adds_parts: bool) -> Option<String> {
        let heap = fixture.analyze();
        let mut case = Case::new(&heap, &["one", "two"]);
        case.adds_parts = adds_parts;
        case.judged_by(recognise).map(|cause| cause.evidence)
    }

    #[test]
    fn views_of_one_buffer_are_told_to_share_it() {
        let told = evidence(&views(["pool", "pool"], 8192)).expect("the rule applies");
        assert!(
            told.contains("are views of ArrayBuffers of 8.0 KB that they share"),
            "{told}"
        );
    }

    #[test]
    fn buffers_with_memory_of_their_own_are_left_to_other_rules() {
        assert_eq!(evidence(&views(["a", "b"], 64 << 10)), None);
    }

    #[test]
    fn the_source_tells_parts_from_whole_buffers() {
        let told = told_where_parts_are_added(&views(["a", "b"], 64 << 10), true);
        let told = told.expect("the rule applies");
        assert!(
            told.contains("ArrayBuffers of 64 KB of which they show a part"),
            "{told}"
        );
    }

    #[test]
    fn small_buffers_are_left_to_other_rules() {
        assert_eq!(evidence(&views(["pool", "pool"], 200)), None);
    }
}
