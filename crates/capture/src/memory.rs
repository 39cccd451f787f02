//! How much memory there is, how much this process has, and how much more it may take.
//!
//! The limit that kills a process in a container is not always its own cgroup's: any ancestor
//! may be tighter, and an ancestor with a wider limit may be fuller, because siblings share
//! it. So every level from the process's cgroup up to the top of what is mounted is read, and
//! the headroom is the least of all. Ancestors outside a cgroup namespace cannot be seen by
//! anyone inside; cgroup v1 reports their limit all the same (`hierarchical_memory_limit`).
//!
//! Where to look is told by `/proc/self/cgroup` (which cgroup) and `/proc/self/mountinfo`
//! (where cgroups are mounted, and which part of the tree), as cgroups(7) and
//! proc_pid_mountinfo(5) define them. Version 1, version 2 and both at once are understood.
//!
//! **Nothing here fails.** What cannot be read, vanishes in the middle or makes no sense is
//! `None`, and so is everything on systems other than Linux.
//!
//! Cost: five small files and four more per cgroup level, well below a millisecond, through
//! one buffer.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

/// All sizes in bytes; `None` is "unknown", or "unlimited" for a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MemoryLimits {
    /// Physical memory of the machine.
    pub total_ram: Option<u64>,
    /// What the kernel could hand out without swapping (`MemAvailable`).
    pub available_ram: Option<u64>,
    /// Resident set of this process.
    pub process_rss: Option<u64>,
    /// The tightest limit among this process's cgroup and its ancestors.
    pub cgroup: Option<CgroupMemory>,
    /// What may still be allocated before any level of the cgroup tree is at its limit.
    pub cgroup_headroom: Option<u64>,
}

/// The cgroup with the smallest limit. All sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CgroupMemory {
    /// Beyond this the kernel kills.
    pub limit: u64,
    /// What all processes of that cgroup use, page cache included.
    pub usage: Option<u64>,
    /// The part of the usage that is page cache nobody needs (`inactive_file`): the kernel
    /// takes it back before it kills.
    pub reclaimable: Option<u64>,
}

impl MemoryLimits {
    /// Before anything was read.
    pub(crate) const UNKNOWN: MemoryLimits = MemoryLimits {
        total_ram: None,
        available_ram: None,
        process_rss: None,
        cgroup: None,
        cgroup_headroom: None,
    };

    /// Reads the state of this process, now.
    pub fn read() -> MemoryLimits {
        if cfg!(target_os = "linux") {
            MemoryLimits::read_below(Path::new("/"))
        } else {
            MemoryLimits::default()
        }
    }

    /// The same with another root directory, which has `proc` and the cgroup mounts in it.
    fn read_below(root: &Path) -> MemoryLimits {
        let mut files = SmallFiles::default();
        let meminfo = files.text(&root.join("proc/meminfo"));
        let total_ram = kibibytes_field(meminfo, "MemTotal:");
        let available_ram = kibibytes_field(meminfo, "MemAvailable:");
        let status = files.text(&root.join("proc/self/status"));
        let process_rss = kibibytes_field(status, "VmRSS:");

        let mut limits = MemoryLimits {
            total_ram,
            available_ram,
            process_rss,
            ..Self::default()
        };
        for directories in cgroup_chains(root, &mut files) {
            for (version, directory) in directories {
                limits.account(CgroupLevel::read(version, &directory, &mut files));
            }
        }
        limits
    }

    /// How many bytes more this process may take: the least of what the machine has available
    /// and what each cgroup level leaves. `None` if neither is known.
    pub fn headroom(&self) -> Option<u64> {
        least(self.available_ram, self.cgroup_headroom)
    }

    fn account(&mut self, level: CgroupLevel) {
        self.cgroup_headroom = least(self.cgroup_headroom, level.headroom(self.process_rss));
        let Some(limit) = level.limit else { return };
        if self.cgroup.is_none_or(|tightest| limit < tightest.limit) {
            self.cgroup = Some(CgroupMemory {
                limit,
                usage: level.usage,
                reclaimable: level.reclaimable,
            });
        }
    }
}

/// Resident set of this process, bytes; `None` on systems other than Linux.
pub(crate) fn process_rss() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let mut files = SmallFiles::default();
    kibibytes_field(files.text(Path::new("/proc/self/status")), "VmRSS:")
}

/// The smaller of what is known.
fn least(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (known, None) | (None, known) => known,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CgroupVersion {
    V1,
    V2,
}

/// What one directory of the cgroup tree says.
#[derive(Debug, Default)]
struct CgroupLevel {
    /// Where the kernel kills.
    limit: Option<u64>,
    /// Where the kernel starts to stall the processes (v2 only). A capture that gets there
    /// freezes the service, so it counts for the headroom.
    throttle: Option<u64>,
    usage: Option<u64>,
    reclaimable: Option<u64>,
}

impl CgroupLevel {
    fn read(version: CgroupVersion, directory: &Path, files: &mut SmallFiles) -> CgroupLevel {
        match version {
            CgroupVersion::V1 => {
                let own = parse_limit(files.text(&directory.join("memory.limit_in_bytes")));
                let usage = parse_bytes(files.text(&directory.join("memory.usage_in_bytes")));
                let stat = files.text(&directory.join("memory.stat"));
                // The names without `total_` leave the children out.
                let reclaimable = field(stat, "total_inactive_file").and_then(parse_bytes);
                let inherited = field(stat, "hierarchical_memory_limit").and_then(parse_limit);
                CgroupLevel {
                    limit: least(own, inherited),
                    throttle: None,
                    usage,
                    reclaimable,
                }
            }
            CgroupVersion::V2 => CgroupLevel {
                limit: parse_limit(files.text(&directory.join("memory.max"))),
                throttle: parse_limit(files.text(&directory.join("memory.high"))),
                usage: parse_bytes(files.text(&directory.join("memory.current"))),
                reclaimable: field(files.text(&directory.join("memory.stat")), "inactive_file")
                    .and_then(parse_bytes),
            },
        }
    }

    /// Where the usage is unknown it is at least what this process has.
    fn headroom(&self, process_rss: Option<u64>) -> Option<u64> {
        let ceiling = least(self.limit, self.throttle)?;
        let usage = self.usage.or(process_rss)?;
        let needed = usage.saturating_sub(self.reclaimable.unwrap_or(0));
        Some(ceiling.saturating_sub(needed))
    }
}

/// No machine has this much. Version 1 writes "unlimited" as the largest multiple of the page
/// size below 2^63, others as 2^64 or 2^63; all are beyond, whatever the page size.
const UNLIMITED: u64 = 1 << 62;

fn parse_limit(text: &str) -> Option<u64> {
    // "max" (version 2) and numbers of 2^64 or more do not parse, which is what they mean.
    parse_bytes(text).filter(|&limit| limit < UNLIMITED)
}

fn parse_bytes(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// The rest of the line that begins with `name` and a blank.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        line.strip_prefix(name)
            .filter(|rest| rest.starts_with([' ', '\t']))
            .map(str::trim)
    })
}

/// A line such as `VmRSS:     1234 kB`, in bytes.
fn kibibytes_field(text: &str, name: &str) -> Option<u64> {
    let kibibytes: u64 = field(text, name)?.strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// The directories of one hierarchy that concern this process, from its own cgroup upwards.
type CgroupChain = Vec<(CgroupVersion, PathBuf)>;

/// Both versions can be mounted at once, with the memory controller in either: the files of
/// the other are missing, which costs nothing.
fn cgroup_chains(root: &Path, files: &mut SmallFiles) -> Vec<CgroupChain> {
    let memberships = parse_memberships(files.text(&root.join("proc/self/cgroup")));
    let mounts = parse_mounts(files.text(&root.join("proc/self/mountinfo")));
    memberships
        .iter()
        .filter_map(|membership| {
            let mount = mounts
                .iter()
                .filter(|mount| mount.version == membership.version)
                .max_by_key(|mount| mount.fitness(&membership.path))?;
            Some(mount.chain(root, &membership.path))
        })
        .collect()
}

/// A line of /proc/self/cgroup: the path of this process's cgroup within the hierarchy.
#[derive(Debug, PartialEq, Eq)]
struct Membership {
    version: CgroupVersion,
    path: PathBuf,
}

/// Lines are `hierarchy:controllers:path`; the path may have colons in it.
fn parse_memberships(text: &str) -> Vec<Membership> {
    text.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (hierarchy, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            let version = if controllers.split(',').any(|name| name == "memory") {
                CgroupVersion::V1
            } else if hierarchy == "0" && controllers.is_empty() {
                CgroupVersion::V2
            } else {
                return None;
            };
            Some(Membership {
                version,
                path: PathBuf::from(path),
            })
        })
        .collect()
}

/// A line of /proc/self/mountinfo that mounts a part of a cgroup hierarchy.
#[derive(Debug, PartialEq, Eq)]
struct CgroupMount {
    version: CgroupVersion,
    /// Which cgroup is at the mount point.
    root: PathBuf,
    mount_point: PathBuf,
}

/// Lines are `id parent major:minor root mount-point options [tags...] - type source options`.
fn parse_mounts(text: &str) -> Vec<CgroupMount> {
    text.lines()
        .filter_map(|line| {
            let (mount, filesystem) = line.split_once(" - ")?;
            let mut mount = mount.split(' ').skip(3);
            let (root, mount_point) = (mount.next()?, mount.next()?);
            let mut filesystem = filesystem.split(' ');
            let version = match filesystem.next()? {
                "cgroup2" => CgroupVersion::V2,
                "cgroup" => {
                    let controllers = filesystem.nth(1)?;
                    controllers.split(',').find(|&name| name == "memory")?;
                    CgroupVersion::V1
                }
                _ => return None,
            };
            let (root, mount_point) = (unescape(root).into(), unescape(mount_point).into());
            Some(CgroupMount {
                version,
                root,
                mount_point,
            })
        })
        .collect()
}

/// The kernel writes blank, tab, newline and backslash as a backslash and three octal digits.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part
            .get(..3)
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (code, part.get(3..)) {
            (Some(code), Some(rest)) => {
                plain.push(char::from(code));
                plain.push_str(rest);
            }
            _ => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

impl CgroupMount {
    /// How much of the cgroup's path is the mount's root, `None` if the cgroup is not below.
    fn fitness(&self, cgroup: &Path) -> Option<usize> {
        cgroup.strip_prefix(&self.root).ok()?;
        Some(self.root.components().count())
    }

    /// From the cgroup's directory up to the mount point.
    ///
    /// A cgroup that is not below the mount's root (its path is relative to another namespace,
    /// or leads out of this one by `..`) has no directory here. The mount point then is the
    /// best there is: container runtimes mount the container's own cgroup.
    fn chain(&self, root: &Path, cgroup: &Path) -> CgroupChain {
        let below = cgroup.strip_prefix(&self.root).unwrap_or(Path::new(""));
        let is_inside = below
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let below = if is_inside { below } else { Path::new("") };
        let mount_point = root.join(
            self.mount_point
                .strip_prefix("/")
                .unwrap_or(&self.mount_point),
        );
        below
            .ancestors()
            .map(|part| (self.version, mount_point.join(part)))
            .collect()
    }
}

/// The largest part of a file that is read. A machine with thousands of containers has some
/// hundred KB of mountinfo; anything above is not what this module is looking for.
const LARGEST_FILE: u64 = 1 << 20;

/// Reads one small file after the other into the same buffer.
#[derive(Debug, Default)]
struct SmallFiles {
    buffer: Vec<u8>,
}

impl SmallFiles {
    /// The file's text, empty if there is none. Lines that are not UTF-8 are left out: a mount
    /// point can have any name, and one odd name must not hide the others.
    fn text(&mut self, path: &Path) -> &str {
        self.buffer.clear();
        let read =
            File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut self.buffer));
        if read.is_err() {
            // A cgroup that is removed while it is read: half a file is no answer.
            self.buffer.clear();
        }
        drop_lines_that_are_not_text(&mut self.buffer);
        std::str::from_utf8(&self.buffer).unwrap_or_default()
    }
}

fn drop_lines_that_are_not_text(bytes: &mut Vec<u8>) {
    if std::str::from_utf8(bytes).is_ok() {
        return;
    }
    *bytes = bytes
        .split_inclusive(|&byte| byte == b'\n')
        .filter(|line| std::str::from_utf8(line).is_ok())
        .flatten()
        .copied()
        .collect();
}

#[cfg(test)]
mod tests;
