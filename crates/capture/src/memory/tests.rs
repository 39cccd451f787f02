//! Against trees of files as the kernel shows them, one for each way cgroups are set up.

use super::*;
use crate::private_directory::PrivateDirectory;
use std::fs;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// A root directory with the given files in it.
struct Tree {
    directory: PrivateDirectory,
}

impl Tree {
    /// A machine of 16 GiB, 8 of them available, and a process of 100 MiB.
    fn new() -> Tree {
        let directory = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
        Tree { directory }
            .with(
                "proc/meminfo",
                "MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 8388608 kB\n",
            )
            .with(
                "proc/self/status",
                "Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n",
            )
    }

    fn with(self, path: &str, content: impl AsRef<[u8]>) -> Tree {
        let path = self.directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn v2(self, cgroup: &str, max: &str, current: u64, inactive_file: u64) -> Tree {
        let stat = format!("anon 5\nfile 7\nworkingset_x 1\ninactive_file {inactive_file}\n");
        self.with(&format!("{cgroup}/memory.max"), format!("{max}\n"))
            .with(&format!("{cgroup}/memory.current"), format!("{current}\n"))
            .with(&format!("{cgroup}/memory.stat"), stat)
    }

    fn v1(self, cgroup: &str, limit: u64, usage: u64, inactive_file: u64) -> Tree {
        let stat = format!("inactive_file 1\ntotal_inactive_file {inactive_file}\n");
        self.with(
            &format!("{cgroup}/memory.limit_in_bytes"),
            format!("{limit}\n"),
        )
        .with(
            &format!("{cgroup}/memory.usage_in_bytes"),
            format!("{usage}\n"),
        )
        .with(&format!("{cgroup}/memory.stat"), stat)
    }

    fn read(&self) -> MemoryLimits {
        MemoryLimits::read_below(self.directory.path())
    }
}

fn v2_mount(root: &str) -> String {
    format!(
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n\
         30 22 0:26 {root} /sys/fs/cgroup rw,nosuid shared:9 master:1 - cgroup2 cgroup2 rw\n"
    )
}

fn v1_mount(root: &str) -> String {
    format!(
        "29 22 0:25 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
         31 22 0:27 {root} /sys/fs/cgroup/memory rw shared:10 - cgroup cgroup rw,memory\n"
    )
}

#[test]
fn the_tightest_limit_is_found_among_the_ancestors() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/kubepods/pod1/app\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2("sys/fs/cgroup/kubepods", "max", 9 * GIB, 0)
        .v2(
            "sys/fs/cgroup/kubepods/pod1",
            &(512 * MIB).to_string(),
            300 * MIB,
            50 * MIB,
        )
        .v2(
            "sys/fs/cgroup/kubepods/pod1/app",
            "max",
            200 * MIB,
            10 * MIB,
        );
    let limits = tree.read();
    let pod = CgroupMemory {
        limit: 512 * MIB,
        usage: Some(300 * MIB),
        reclaimable: Some(50 * MIB),
    };
    assert_eq!(limits.cgroup, Some(pod));
    assert_eq!(limits.cgroup_headroom, Some(262 * MIB));
    assert_eq!(limits.headroom(), Some(262 * MIB));
}

#[test]
fn a_wider_limit_that_is_fuller_decides_the_headroom() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/pod/app\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2(
            "sys/fs/cgroup/pod",
            &(4 * GIB).to_string(),
            4 * GIB - 10 * MIB,
            0,
        )
        .v2("sys/fs/cgroup/pod/app", &GIB.to_string(), 200 * MIB, 0);
    let limits = tree.read();
    assert_eq!(limits.cgroup.unwrap().limit, GIB);
    assert_eq!(limits.headroom(), Some(10 * MIB));
}

#[test]
fn the_machine_decides_where_it_has_less_than_the_cgroup_allows() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2("sys/fs/cgroup", &(12 * GIB).to_string(), GIB, 0);
    let limits = tree.read();
    assert_eq!(limits.total_ram, Some(16 * GIB));
    assert_eq!(limits.available_ram, Some(8 * GIB));
    assert_eq!(limits.process_rss, Some(100 * MIB));
    assert_eq!(limits.cgroup_headroom, Some(11 * GIB));
    assert_eq!(limits.headroom(), Some(8 * GIB));
}

#[test]
fn inside_a_cgroup_namespace_the_mount_point_is_the_containers_cgroup() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2(
            "sys/fs/cgroup",
            &(256 * MIB).to_string(),
            128 * MIB,
            28 * MIB,
        );
    assert_eq!(tree.read().headroom(), Some(156 * MIB));
}

#[test]
fn a_mount_that_starts_at_the_containers_cgroup_is_not_searched_for_it_again() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/docker/abc/worker\n")
        .with("proc/self/mountinfo", v2_mount("/docker/abc"))
        .v2("sys/fs/cgroup", &(256 * MIB).to_string(), 100 * MIB, 0)
        .v2("sys/fs/cgroup/worker", &(64 * MIB).to_string(), 60 * MIB, 0);
    let limits = tree.read();
    assert_eq!(limits.cgroup.unwrap().limit, 64 * MIB);
    assert_eq!(limits.headroom(), Some(4 * MIB));
}

#[test]
fn a_cgroup_outside_of_what_is_mounted_falls_back_to_the_mount_point() {
    for cgroup in ["0::/../sibling\n", "0::/elsewhere\n"] {
        let tree = Tree::new()
            .with("proc/self/cgroup", cgroup)
            .with("proc/self/mountinfo", v2_mount("/docker/abc"))
            .v2("sys/fs/cgroup", &(256 * MIB).to_string(), 100 * MIB, 0)
            .v2("sys/fs/sibling", "1", 1, 0);
        assert_eq!(tree.read().cgroup.unwrap().limit, 256 * MIB, "{cgroup}");
    }
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/../sibling\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2("sys/fs/cgroup", &(256 * MIB).to_string(), 100 * MIB, 0)
        .v2("sys/fs/sibling", "1", 1, 0);
    assert_eq!(tree.read().cgroup.unwrap().limit, 256 * MIB);
}

#[test]
fn of_several_mounts_the_one_that_has_the_cgroup_is_used() {
    let mounts = "30 22 0:26 /other /mnt/other rw - cgroup2 cgroup2 rw\n\
                  31 22 0:26 / /mnt/all\\040groups rw - cgroup2 cgroup2 rw\n\
                  32 22 0:26 /third /mnt/third rw - cgroup2 cgroup2 rw\n";
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/app\n")
        .with("proc/self/mountinfo", mounts)
        .v2("mnt/other", "1", 1, 0)
        .v2("mnt/third", "1", 1, 0)
        .v2("mnt/all groups/app", &GIB.to_string(), 1, 0);
    assert_eq!(tree.read().cgroup.unwrap().limit, GIB);
}

#[test]
fn the_throttle_limit_counts_for_the_headroom_only() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/app\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2("sys/fs/cgroup/app", &GIB.to_string(), 400 * MIB, 0)
        .with("sys/fs/cgroup/app/memory.high", (500 * MIB).to_string());
    let limits = tree.read();
    assert_eq!(limits.cgroup.unwrap().limit, GIB);
    assert_eq!(limits.headroom(), Some(100 * MIB));
}

#[test]
fn version_1_is_understood_and_counts_the_cache_of_children() {
    let tree = Tree::new()
        .with(
            "proc/self/cgroup",
            "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n",
        )
        .with("proc/self/mountinfo", v1_mount("/docker/abc"))
        .v1("sys/fs/cgroup/memory", GIB, 700 * MIB, 200 * MIB);
    let limits = tree.read();
    let expected = CgroupMemory {
        limit: GIB,
        usage: Some(700 * MIB),
        reclaimable: Some(200 * MIB),
    };
    assert_eq!(limits.cgroup, Some(expected));
    assert_eq!(limits.headroom(), Some(524 * MIB));
}

#[test]
fn version_1_tells_the_limit_of_an_ancestor_that_cannot_be_seen() {
    let unlimited = 9_223_372_036_854_771_712;
    let stat = format!(
        "hierarchical_memory_limit {}\ntotal_inactive_file 0\n",
        300 * MIB
    );
    let tree = Tree::new()
        .with("proc/self/cgroup", "4:memory:/\n")
        .with("proc/self/mountinfo", v1_mount("/"))
        .v1("sys/fs/cgroup/memory", unlimited, 100 * MIB, 0)
        .with("sys/fs/cgroup/memory/memory.stat", stat);
    let limits = tree.read();
    assert_eq!(limits.cgroup.unwrap().limit, 300 * MIB);
    assert_eq!(limits.headroom(), Some(200 * MIB));
}

#[test]
fn with_both_versions_mounted_the_one_with_the_memory_controller_counts() {
    let mounts = format!(
        "{}32 22 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        v1_mount("/")
    );
    let tree = Tree::new()
        .with(
            "proc/self/cgroup",
            "4:memory:/app\n1:name=systemd:/app\n0::/app\n",
        )
        .with("proc/self/mountinfo", mounts)
        .v1("sys/fs/cgroup/memory/app", 200 * MIB, 50 * MIB, 0)
        .with("sys/fs/cgroup/unified/app/cgroup.procs", "1\n");
    let limits = tree.read();
    assert_eq!(limits.cgroup.unwrap().limit, 200 * MIB);
    assert_eq!(limits.headroom(), Some(150 * MIB));
}

#[test]
fn every_way_to_write_unlimited_is_no_limit() {
    let ways = [
        "max",
        "9223372036854771712",
        "9223372036854710272",
        "9223372036854775807",
    ];
    for way in ways
        .into_iter()
        .chain(["18446744073709551615", "18446744073709551616", "-1", ""])
    {
        let tree = Tree::new()
            .with("proc/self/cgroup", "0::/\n")
            .with("proc/self/mountinfo", v2_mount("/"))
            .v2("sys/fs/cgroup", way, GIB, 0);
        let limits = tree.read();
        assert_eq!(limits.cgroup, None, "{way:?}");
        assert_eq!(limits.cgroup_headroom, None, "{way:?}");
        assert_eq!(limits.headroom(), Some(8 * GIB), "{way:?}");
    }
}

#[test]
fn a_usage_above_the_limit_leaves_nothing() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2("sys/fs/cgroup", "1000", 5000, 100);
    assert_eq!(tree.read().headroom(), Some(0));
}

#[test]
fn without_a_usage_file_the_process_itself_is_what_is_used() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .with("sys/fs/cgroup/memory.max", GIB.to_string());
    let limits = tree.read();
    let expected = CgroupMemory {
        limit: GIB,
        usage: None,
        reclaimable: None,
    };
    assert_eq!(limits.cgroup, Some(expected));
    assert_eq!(limits.headroom(), Some(GIB - 100 * MIB));
}

#[test]
fn a_cgroup_that_has_vanished_still_leaves_its_ancestors() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/pod/gone (deleted)\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .v2("sys/fs/cgroup/pod", &GIB.to_string(), GIB / 2, 0);
    assert_eq!(tree.read().headroom(), Some(GIB / 2));
}

#[test]
fn an_empty_system_knows_nothing() {
    let directory = PrivateDirectory::create_in(&std::env::temp_dir()).unwrap();
    let limits = MemoryLimits::read_below(directory.path());
    assert_eq!(limits, MemoryLimits::default());
    assert_eq!(limits.headroom(), None);
}

#[test]
fn nonsense_in_any_file_is_unknown_rather_than_an_error() {
    let nonsense: [&[u8]; 8] = [
        b"",
        b"\n\n\n",
        b":::::\n - \n",
        b"\xff\xfe\x00",
        b"0::\n1 2 3 4 5 - cgroup2",
        b"MemTotal:\nMemAvailable: x kB\nVmRSS: 99999999999999999999 kB\n",
        b"MemTotal: 18446744073709551615 kB\nVmRSS: 7\n",
        b"30 22 0:26 \\ \\9 rw - cgroup2 cgroup2 rw\n0::relative/../../..\n",
    ];
    for content in nonsense {
        let mut tree = Tree::new();
        for path in [
            "proc/meminfo",
            "proc/self/status",
            "proc/self/cgroup",
            "proc/self/mountinfo",
        ] {
            tree = tree.with(path, content);
        }
        let shown = String::from_utf8_lossy(content);
        assert_eq!(tree.read(), MemoryLimits::default(), "{shown:?}");
    }
}

#[test]
fn directories_in_place_of_files_are_unknown() {
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", v2_mount("/"))
        .with("sys/fs/cgroup/memory.max/file", "1")
        .with("sys/fs/cgroup/memory.current/file", "1");
    assert_eq!(tree.read().cgroup, None);
}

#[test]
fn a_mount_whose_name_is_not_text_does_not_hide_the_others() {
    let mut mounts = b"21 1 8:2 / /mnt/\xff\xfe rw - ext4 /dev/sdb rw\n".to_vec();
    mounts.extend_from_slice(v2_mount("/").as_bytes());
    let tree = Tree::new()
        .with("proc/self/cgroup", "0::/\n")
        .with("proc/self/mountinfo", mounts)
        .v2("sys/fs/cgroup", &GIB.to_string(), 0, 0);
    assert_eq!(tree.read().cgroup.unwrap().limit, GIB);
}

#[test]
fn escapes_of_the_kernel_are_undone_and_others_kept() {
    assert_eq!(unescape(r"/a\040b\011c\134d"), "/a b\tc\\d");
    assert_eq!(unescape(r"\"), r"\");
    assert_eq!(unescape(r"/x\9zz\04"), r"/x\9zz\04");
    assert_eq!(unescape("/ö\\040ü"), "/ö ü");
}

#[cfg(target_os = "linux")]
#[test]
fn this_very_process_has_memory_and_less_than_the_machine() {
    let limits = MemoryLimits::read();
    let (total, rss) = (limits.total_ram.unwrap(), limits.process_rss.unwrap());
    assert!(0 < rss && rss < total, "{limits:?}");
    assert!(limits.headroom().unwrap() <= total, "{limits:?}");
}
