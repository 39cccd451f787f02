//! The data of a diagnosis. Every consumer (event, text, JSON, matcher) reads this; it holds names,
//! positions, sizes and counts, and never the contents of strings.

use serde::Serialize;

use crate::place::Place;

/// The result of comparing captures.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// How ages were told.
    pub method: AgeMethod,
    /// How many captures were compared.
    #[serde(skip)]
    pub captures: usize,
    /// Bytes of the last capture.
    pub heap_bytes: u64,
    /// Bytes of the last capture less those of the first.
    pub heap_growth_bytes: i64,
    /// Bytes that appeared between the captures and were still there in the last, less what made
    /// room for them (what a full cache keeps in place of what it let go is no growth).
    pub survivor_bytes: u64,
    /// The part of `survivor_bytes` that no suspect explains.
    pub unexplained_bytes: u64,
    /// Best first.
    pub suspects: Vec<Suspect>,
    /// What is big in a single capture, largest first; empty if captures were compared.
    pub large: Vec<LargeObjects>,
}

/// How the ages of objects were told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgeMethod {
    /// By object ids that are stable across the captures.
    ObjectIds,
    /// By groups that gained members: captures of different processes, or without ids.
    GroupGrowth,
    /// There is one capture, so there are no ages.
    OneCapture,
}

/// A group of objects that accumulates.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suspect {
    /// 1 for the first.
    pub rank: usize,
    /// Part of all surviving bytes, 0..=1.
    pub share_of_growth: f64,
    /// Bytes that all members keep alive now.
    pub bytes: u64,
    /// Bytes of those that survived between the captures.
    pub growth_bytes: u64,
    /// Members now.
    pub count: u64,
    /// Members now less members in the first capture.
    pub count_growth: i64,
    /// Growth per hour; `None` without times.
    pub bytes_per_hour: Option<f64>,
    /// Members gained per hour; `None` without times.
    pub count_per_hour: Option<f64>,
    /// What the members are: a class, `Function`, `(string)`, ...
    pub class: String,
    /// Who holds them.
    pub owner: Owner,
    /// Id of the rule that recognised the cause.
    pub cause: Option<&'static str>,
    /// From the root to a typical member.
    pub path: Vec<ReportStep>,
    /// Source lines, the one at fault first.
    pub locations: Vec<ReportLocation>,
    /// What else keeps a typical member alive.
    pub independent_retainers: Vec<ReportStep>,
    /// What the surviving bytes consist of, largest first.
    pub histogram: Vec<ClassCount>,
    /// Keys and strings of some members; empty in a redacted report.
    pub examples: Vec<String>,
    /// What was seen, in words.
    pub evidence: String,
    /// What to do, in words.
    pub advice: String,
    /// The same for the same leak in another run.
    pub fingerprint: String,
}

/// A group of objects that takes a large part of the heap.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LargeObjects {
    /// 1 for the first.
    pub rank: usize,
    /// Part of the heap, 0..=1.
    pub share_of_heap: f64,
    /// Bytes that they keep alive, less those of other groups in the report.
    pub bytes: u64,
    /// How many they are.
    pub count: u64,
    /// What they are.
    pub class: String,
    /// Who holds them.
    pub owner: Owner,
    /// From the root to one of them.
    pub path: Vec<ReportStep>,
    /// Source lines, the one that adds them first.
    pub locations: Vec<ReportLocation>,
    /// What their bytes consist of, largest first.
    pub histogram: Vec<ClassCount>,
    /// Keys and strings of some of them; empty in a redacted report.
    pub examples: Vec<String>,
    /// What was seen, in words.
    pub evidence: String,
    /// What to do, in words.
    pub advice: String,
    /// The same for the same place in another run.
    pub fingerprint: String,
}

/// The object that holds what accumulates.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// Its class.
    pub class: String,
    /// How code reaches it: `bus._events.shipped`, `receipts`.
    pub name: String,
    /// V8's id of the object in the last capture.
    pub id: u32,
    /// Where the variable or property is declared, or the nearest function or class that holds it.
    pub location: Option<Place>,
}

/// One step of a path: an object and the reference that leads to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportStep {
    /// Class of the object, or its function's name with `()`.
    pub class: String,
    /// Name of the reference from the step before; `None` for the first.
    pub edge: Option<String>,
    /// Kind of that reference: `property`, `element`, `context`, `internal`, ...
    pub kind: Option<&'static str>,
    /// Where the function or class is written.
    pub location: Option<Place>,
}

/// Why a source line is in a report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocationRole {
    /// The accumulating function is written here.
    Function,
    /// The owner is filled here.
    Grows,
    /// The program calls here into what holds the owner.
    Calls,
    /// The owner, or what the program has of it, is declared here.
    Declared,
    /// The class of the accumulating objects.
    Class,
    /// A function that is among what accumulates.
    Contained,
    /// A function that can reach the owner.
    Scope,
}

/// A source line with its role.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportLocation {
    /// Why it is here.
    pub role: LocationRole,
    /// Where it is.
    #[serde(flatten)]
    pub place: Place,
}

/// A line of a histogram.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassCount {
    /// The class.
    pub class: String,
    /// Surviving instances.
    pub count: u64,
    /// Their shallow bytes.
    pub bytes: u64,
}
