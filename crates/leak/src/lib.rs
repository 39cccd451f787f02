//! Leak finding: growth statistics over a series of heap sizes, and diagnosis over a series of heap
//! captures. Reads graphs; does no I/O and renders nothing but the prose of evidence and advice.

mod capture_summary;
mod causes;
mod diagnosis;
mod dose;
mod expected_objects;
mod fingerprint;
mod group_tree;
mod package;
mod place;
mod redaction;
mod report;
mod site_query;
mod text;
pub mod trend;

pub use capture_summary::CaptureSummary;
pub use diagnosis::{DiagnosisError, DiagnosisOptions, diagnose};
pub use dose::{
    DoseCensus, DoseFlag, DoseKey, DoseKeyKind, DoseProgress, DoseTest, DoseVerdict, dose_response,
};
pub use expected_objects::{ExpectedPaths, expected_objects};
pub use package::{Origin, Package, PackagePath, plausible_version};
pub use place::{OriginalLocation, Place};
pub use report::{
    AgeMethod, ClassCount, Diagnosis, LargeObjects, LocationRole, Owner, ReportLocation,
    ReportStep, Suspect,
};
pub use site_query::{
    Call, CallLikelihood, CodeName, NoSources, Site, SiteEffect, SiteQuery, SiteSubject,
    SourceSites,
};
