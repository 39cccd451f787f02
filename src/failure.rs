//! Errors as they cross into JavaScript: a stable code, a message and details, as plain data.

use heapwatch_capture::CaptureError;
use heapwatch_graph::GraphError;
use heapwatch_leak::DiagnosisError;
use napi_derive::napi;
use serde_json::{Value, json};

/// What went wrong. `lib/errors.js` makes an `Error` of it.
#[napi(object, object_from_js = false)]
pub struct Failure {
    /// One of the `ERR_HEAPWATCH_*` codes.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// JSON object with the particulars.
    pub detail: String,
}

impl Failure {
    fn new(code: &str, message: impl ToString, detail: Value) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_string(),
            detail: detail.to_string(),
        }
    }

    /// The failure as the answer of a sync call.
    pub(crate) fn answer(&self) -> String {
        json!({ "error": {
            "code": self.code, "message": self.message, "detail": self.detail,
        } })
        .to_string()
    }

    /// A defect of ours: a panic, or a call that can't be.
    pub(crate) fn internal(what: &str) -> Self {
        let message = format!("internal error in heapwatch: {what}; please report it");
        Self::new("ERR_HEAPWATCH_INTERNAL", message, json!({}))
    }

    /// The graph was closed.
    pub(crate) fn closed() -> Self {
        let message = "this heap graph was closed; open or capture another";
        Self::new("ERR_HEAPWATCH_CLOSED", message, json!({}))
    }

    /// The operating system gives no thread.
    pub(crate) fn no_thread(error: &std::io::Error) -> Self {
        let message = format!("could not start a thread: {error}");
        Self::new(
            "ERR_HEAPWATCH_CAPTURE",
            message,
            json!({ "step": "thread" }),
        )
    }

    /// A walk found what can't be.
    pub(crate) fn inconsistent_walk(found: &Value, used_heap_bytes: f64) -> Self {
        let message = format!(
            "the direct heap walk does not agree with V8's own counts and was thrown away: found \
             {found} where V8 uses {used_heap_bytes} bytes; use method 'v8', and please report this"
        );
        let mut detail = found.clone();
        detail["reason"] = "inconsistent".into();
        detail["usedHeapBytes"] = used_heap_bytes.into();
        Self::new("ERR_HEAPWATCH_CAPTURE", message, detail)
    }

    /// The graph of a heap is larger than the bytes that the process may spend.
    pub(crate) fn no_room(available: u64) -> Self {
        let message = format!(
            "the graph of the heap needs more than the {} MB that are left to the process; give the \
             process more memory",
            available >> 20
        );
        let detail = json!({ "limit": "headroom", "available": available });
        Self::new("ERR_HEAPWATCH_LIMIT", message, detail)
    }

    /// Something failed at a path.
    pub(crate) fn at_path(path: &str, error: &std::io::Error) -> Self {
        let message = format!("could not read '{path}': {error}");
        let detail = json!({ "path": path, "errno": error.raw_os_error() });
        Self::new("ERR_HEAPWATCH_CAPTURE", message, detail)
    }

    /// The black box could not be written.
    pub(crate) fn black_box(error: &CaptureError) -> Self {
        let message = format!("the black box was not written: {error}");
        Self::new("ERR_HEAPWATCH_BLACK_BOX", message, detail_of(error))
    }

    /// A graph could not be saved.
    pub(crate) fn not_saved(path: &str, error: &CaptureError) -> Self {
        let mut detail = detail_of(error);
        detail["path"] = path.into();
        Self::new(
            error.code(),
            format!("'{path}' was not saved: {error}"),
            detail,
        )
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        let detail = match &error {
            GraphError::Syntax {
                section,
                offset,
                expected,
                found,
            } => json!({
                "section": section.name(), "offset": offset,
                "expected": expected, "found": found,
            }),
            GraphError::Truncated { section, offset } => {
                json!({ "section": section.name(), "offset": offset })
            }
            GraphError::TooLarge { what, allowed } => {
                json!({ "what": what.to_string(), "allowed": allowed })
            }
            _ => json!({}),
        };
        Self::new(error.code(), &error, detail)
    }
}

impl From<CaptureError> for Failure {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Graph(error) => error.into(),
            other => Self::from(&other),
        }
    }
}

impl From<&CaptureError> for Failure {
    fn from(error: &CaptureError) -> Self {
        Self::new(error.code(), error, detail_of(error))
    }
}

fn detail_of(error: &CaptureError) -> Value {
    match error {
        CaptureError::Io { step, source } => {
            json!({ "step": step, "errno": source.raw_os_error() })
        }
        CaptureError::Limit {
            needed, available, ..
        } => {
            json!({ "needed": needed, "available": available })
        }
        CaptureError::Child(failure) => {
            json!({ "reason": failure.reason(), "errno": failure.errno() })
        }
        _ => json!({}),
    }
}

impl From<DiagnosisError> for Failure {
    fn from(error: DiagnosisError) -> Self {
        match error {
            DiagnosisError::Graph(error) => error.into(),
            other => Self::new(other.code(), &other, json!({})),
        }
    }
}
