//! What memory the process may still take.

use heapwatch_capture::MemoryLimits;
use napi_derive::napi;
use serde_json::json;

/// Memory of the machine, the process and its cgroups, bytes; `null` where unknown or unlimited.
#[napi]
pub fn memory_limits() -> String {
    let limits = MemoryLimits::read();
    json!({
        "totalRam": limits.total_ram,
        "availableRam": limits.available_ram,
        "processRss": limits.process_rss,
        "cgroupLimit": limits.cgroup.map(|cgroup| cgroup.limit),
        "headroom": limits.headroom(),
    })
    .to_string()
}
