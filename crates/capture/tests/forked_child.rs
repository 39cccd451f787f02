//! What a job in a forked child can do, and every way in which it can fail.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use heapwatch_capture::{
    CaptureError, ChildFailure, ChildOutput, ChildUsage, ForkOptions, ForkSafeAllocator,
    ForkedChild, MemoryMap, fork_with,
};

#[global_allocator]
static ALLOCATOR: ForkSafeAllocator = ForkSafeAllocator;

const MB: u64 = 1 << 20;

/// Much more than any of the jobs takes that are to succeed, on a busy machine too.
const PLENTY: ForkOptions = ForkOptions {
    memory_budget: 256 * MB,
    time_limit: Duration::from_secs(300),
    is_awaited: false,
};

fn fork<F>(job: F) -> ForkedChild
where
    F: FnOnce(&mut ChildOutput) -> Result<(), String>,
{
    fork_with(&PLENTY, job).unwrap()
}

/// Reads to the end, as a caller without anything to cancel does.
fn read_all(child: &mut ForkedChild) -> Vec<u8> {
    let mut bytes = Vec::new();
    child.read_to_end(&mut bytes).unwrap();
    bytes
}

fn text_and_usage(mut child: ForkedChild) -> (String, ChildUsage) {
    let text = String::from_utf8(read_all(&mut child)).unwrap();
    (text, child.finish().unwrap())
}

fn failure<F>(options: &ForkOptions, job: F) -> ChildFailure
where
    F: FnOnce(&mut ChildOutput) -> Result<(), String>,
{
    fork_with(options, job).unwrap().finish().unwrap_err()
}

fn wait_for_ever() -> ! {
    loop {
        // SAFETY: only waits.
        unsafe { libc::pause() };
    }
}

/// Says that it runs, and waits to be killed.
fn say_and_wait(output: &mut ChildOutput) -> Result<(), String> {
    output.write_all(b"!").unwrap();
    wait_for_ever()
}

/// Returns once the job runs: what the child does before it is done.
fn wait_until_it_runs(child: &mut ForkedChild) {
    let mut byte = [0];
    child.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"!");
}

/// Runs one test of this program, marked `#[ignore]`, in a process of its own.
fn helper(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        name,
        "--ignored",
        "--nocapture",
        "--test-threads=1",
    ]);
    command
}

#[test]
fn the_child_sees_the_memory_of_the_moment_and_the_parent_goes_on() {
    let value = Cell::new(1);
    let mut list = vec![1, 2, 3];
    let child = fork(|output| {
        // Waits for the parent to have changed everything: it says so by going on.
        write!(output, "{} {list:?}", value.get()).map_err(|error| error.to_string())
    });
    value.set(2);
    list.push(4);
    let (text, usage) = text_and_usage(child);
    assert_eq!(text, "1 [1, 2, 3]");
    assert!(usage.page_faults > 0, "{usage:?}");
    assert_eq!((value.get(), list.len()), (2, 4));
}

#[test]
fn a_thread_other_than_the_main_one_can_fork_too() {
    let text = thread::spawn(|| {
        let local = [7_u8; 1000];
        text_and_usage(fork(|output| {
            output.write_all(&local).map_err(|error| error.to_string())
        }))
        .0
    });
    assert_eq!(text.join().unwrap(), "\u{7}".repeat(1000));
}

#[test]
fn memory_that_is_kept_from_children_is_inherited_by_this_one() {
    let bytes = 64 * 4096;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at an address of the kernel's choice, which stays.
    let hidden = unsafe {
        let start = libc::mmap(std::ptr::null_mut(), bytes, access, flags, -1, 0);
        assert_ne!(start, libc::MAP_FAILED);
        assert_eq!(libc::madvise(start, bytes, libc::MADV_DONTFORK), 0);
        std::slice::from_raw_parts_mut(start.cast::<u8>(), bytes)
    };
    hidden.fill(b'h');
    let address = hidden.as_ptr() as u64;
    let child = fork(|output| {
        let ranges = MemoryMap::read().unwrap().plain_memory();
        assert!(ranges.iter().any(|range| range.contains(&address)));
        output.write_all(hidden).map_err(|error| error.to_string())
    });
    assert_eq!(text_and_usage(child).0, "h".repeat(bytes));
}

#[test]
fn timings_are_those_of_the_calling_thread() {
    let child = fork(|_| Ok(()));
    let timings = child.timings();
    assert!(timings.prepare > Duration::ZERO && timings.fork > Duration::ZERO);
    assert_eq!(
        timings.pause(),
        timings.prepare + timings.fork + timings.restore
    );
    child.finish().unwrap();
}

#[test]
fn output_of_many_times_the_pipe_s_size_arrives_whole_and_in_order() {
    const NUMBERS: u64 = 16 << 20;
    let child = fork(|output| {
        let mut output = io::BufWriter::new(output);
        for number in 0..NUMBERS {
            output
                .write_all(&number.to_le_bytes())
                .map_err(|error| error.to_string())?;
        }
        output.flush().map_err(|error| error.to_string())
    });
    let mut reader = BufReader::new(child);
    for number in 0..NUMBERS {
        let mut bytes = [0; 8];
        reader.read_exact(&mut bytes).unwrap();
        assert_eq!(u64::from_le_bytes(bytes), number);
    }
    let mut child = reader.into_inner();
    assert_eq!(read_all(&mut child), b"");
    child.finish().unwrap();
}

#[test]
fn finishing_without_reading_throws_the_output_away_and_lets_the_job_end() {
    let child = fork(|output| {
        output
            .write_all(&vec![0; 8 << 20])
            .map_err(|error| error.to_string())?;
        output.report_progress(1);
        Ok(())
    });
    let progress = child.progress_handle();
    child.finish().unwrap();
    assert_eq!(progress.get(), 1);
}

#[test]
fn dropping_it_ends_a_child_that_waits_for_its_reader() {
    let mut child = fork(|output| {
        say_and_fill(output);
        wait_for_ever()
    });
    wait_until_it_runs(&mut child);
    let pid = child.pid();
    assert!(fs::exists(format!("/proc/{pid}")).unwrap());
    drop(child);
    assert!(!fs::exists(format!("/proc/{pid}")).unwrap());
}

fn say_and_fill(output: &mut ChildOutput) {
    output.write_all(b"!").unwrap();
    let _ = output.write_all(&vec![0; 16 << 20]);
}

#[test]
fn progress_is_seen_while_the_child_runs() {
    let mut child = fork(|output| {
        output.report_progress(42);
        say_and_wait(output)
    });
    assert!(child.progress() == 0 || child.progress() == 42);
    let progress = child.progress_handle();
    wait_until_it_runs(&mut child);
    assert_eq!((child.progress(), progress.get()), (42, 42));
    drop(child);
    assert_eq!(progress.get(), 42);
}

#[test]
fn a_silent_child_interrupts_its_reader_again_and_again() {
    let mut child = fork(|_| wait_for_ever());
    for _ in 0..3 {
        let error = child.read(&mut [0; 8]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupted);
    }
}

#[test]
fn a_job_s_error_is_told_in_its_own_words_up_to_a_kilobyte() {
    let error = failure(&PLENTY, |_| Err("no map is a map".to_owned()));
    assert_eq!(
        error,
        ChildFailure::Job {
            message: "no map is a map".to_owned()
        }
    );
    assert_eq!(error.reason(), "child-error");
    let error = failure(&PLENTY, |_| Err("é".repeat(10_000)));
    assert!(error.to_string().starts_with(&"é".repeat(512)), "{error}");
    assert!(error.to_string().len() <= 1024);
}

#[test]
fn a_panic_is_told_with_its_message_and_its_place() {
    let number = 7;
    for job in [
        (|_| panic!("seven is {}", 7)) as fn(i32) -> Result<(), String>,
        |number| {
            let _guard = AbortOnDrop;
            assert_eq!(number, 8, "seven is 7");
            Ok(())
        },
    ] {
        let error = failure(&PLENTY, |_| job(number));
        assert_eq!(error.reason(), "child-panic");
        assert!(error.to_string().contains("seven is 7"), "{error}");
        assert!(error.to_string().contains("forked_child.rs"), "{error}");
    }
    let error = failure(&PLENTY, |_| std::panic::resume_unwind(Box::new(())));
    assert_eq!(error.reason(), "child-panic");
}

/// Shows that a panic doesn't unwind.
struct AbortOnDrop;

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        std::process::abort();
    }
}

#[test]
fn a_panic_in_the_parent_is_reported_as_before() {
    fork(|_| Ok(())).finish().unwrap();
    let panic = thread::spawn(|| panic!("as usual")).join().unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"as usual"));
}

#[test]
fn a_signal_that_ends_the_child_is_named() {
    for signal in [libc::SIGSEGV, libc::SIGKILL, libc::SIGTERM, libc::SIGUSR1] {
        let error = failure(&PLENTY, |_| {
            // SAFETY: sends a signal to this process.
            unsafe { libc::kill(libc::getpid(), signal) };
            wait_for_ever()
        });
        assert_eq!(error, ChildFailure::Killed { signal });
        assert_eq!(error.reason(), "child-killed");
    }
    let error = failure(&PLENTY, |_| std::process::abort());
    assert_eq!(
        error,
        ChildFailure::Killed {
            signal: libc::SIGABRT
        }
    );
}

#[test]
fn an_exit_in_the_middle_of_the_job_is_no_success() {
    let error = failure(&PLENTY, |_| {
        // SAFETY: ends the process.
        unsafe { libc::_exit(0) }
    });
    assert_eq!(error, ChildFailure::Exit { status: 0 });
    assert_eq!(error.reason(), "child-exit");
}

#[test]
fn killed_at_any_moment_it_is_reported_and_reaped() {
    let seed = 7_u64;
    println!("seed {seed}");
    let mut state = seed;
    for round in 0..200 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        // Some before the job begins, some when the pipe is full.
        let blocks = (state >> 33) % 80;
        let mut child = fork(|output| {
            loop {
                let _ = output.write_all(&vec![7; 32 * 1024]);
            }
        });
        let mut block = vec![0; 32 * 1024];
        for _ in 0..blocks {
            child.read_exact(&mut block).unwrap();
        }
        let pid = child.pid();
        // SAFETY: sends a signal to the child, which nobody has waited for.
        unsafe { libc::kill(pid.cast_signed(), libc::SIGKILL) };
        let error = child.finish().unwrap_err();
        let signal = libc::SIGKILL;
        assert_eq!(error, ChildFailure::Killed { signal }, "round {round}");
        assert!(
            !fs::exists(format!("/proc/{pid}")).unwrap(),
            "round {round}"
        );
    }
}

#[test]
fn a_job_within_its_budget_can_use_nearly_all_of_it() {
    let child = fork(|_| {
        let mut numbers = Vec::new();
        let mut names = HashMap::new();
        for number in 0..16_u64 << 20 {
            numbers.push(number);
            if number % 1024 == 0 {
                names.insert(number, number.to_string());
            }
        }
        let sum: u64 = numbers.iter().sum();
        assert_eq!(sum, (numbers.len() as u64) * (numbers.len() as u64 - 1) / 2);
        assert!(
            names
                .iter()
                .all(|(number, name)| name == &number.to_string())
        );
        Ok(())
    });
    let usage = child.finish().unwrap();
    assert!(
        (128 * MB..140 * MB).contains(&usage.memory_peak),
        "{usage:?}"
    );
    assert!(
        usage.page_faults > 1000 && usage.cpu_time > Duration::ZERO,
        "{usage:?}"
    );
}

#[test]
fn a_job_beyond_its_budget_ends_with_that_reason() {
    let options = ForkOptions {
        memory_budget: 64 * MB,
        ..PLENTY
    };
    let error = failure(&options, |_| {
        let mut blocks = Vec::new();
        loop {
            blocks.push(vec![1_u8; 100_000]);
        }
    });
    assert_eq!(error, ChildFailure::Memory { budget: 64 * MB });
    assert_eq!(error.reason(), "child-memory");
    let error = failure(&options, |_| {
        let mut long = Vec::new();
        loop {
            long.push(7_u64);
        }
    });
    assert_eq!(error.reason(), "child-memory");
}

#[test]
fn a_job_that_asks_before_it_takes_can_go_on_without_what_it_did_not_get() {
    let options = ForkOptions {
        memory_budget: 64 * MB,
        ..PLENTY
    };
    let child = fork_with(&options, |_| {
        let mut vector = Vec::<u8>::new();
        vector
            .try_reserve_exact(65 << 20)
            .expect_err("beyond the budget");
        vector
            .try_reserve_exact(63 << 20)
            .map_err(|error| error.to_string())
    });
    let usage = child.unwrap().finish().unwrap();
    assert!((63 * MB..64 * MB).contains(&usage.memory_peak), "{usage:?}");
}

#[test]
fn memory_that_the_job_maps_by_itself_is_bounded_too() {
    let child = fork(|_| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), 1 << 30, 0, flags, -1, 0) };
        assert_eq!(start, libc::MAP_FAILED);
        Ok(())
    });
    child.finish().unwrap();
}

#[test]
fn the_reader_is_told_when_the_time_is_up() {
    let options = ForkOptions {
        time_limit: Duration::from_millis(350),
        ..PLENTY
    };
    let mut child = fork_with(&options, |_| {
        // A child that is stopped can't end itself.
        // SAFETY: sends a signal to this process.
        unsafe { libc::kill(libc::getpid(), libc::SIGSTOP) };
        Ok(())
    })
    .unwrap();
    let error = loop {
        match child.read(&mut [0; 8]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => break other.unwrap_err(),
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    let error = child.finish().unwrap_err();
    assert_eq!(
        error,
        ChildFailure::Timeout {
            limit: options.time_limit
        }
    );
    assert_eq!(error.reason(), "child-timeout");
}

#[test]
fn the_child_ends_itself_in_time_even_if_nobody_looks() {
    for time_limit in [Duration::from_millis(100), Duration::ZERO] {
        let options = ForkOptions {
            time_limit,
            ..PLENTY
        };
        let child = fork_with(&options, |_| {
            loop {
                std::hint::black_box(());
            }
        })
        .unwrap();
        wait_for_end(child.pid());
        assert_eq!(
            child.finish().unwrap_err(),
            ChildFailure::Timeout { limit: time_limit }
        );
    }
}

/// Waits without taking the news from who is to get them.
fn wait_for_end(pid: u32) {
    // SAFETY: all zeros is a `siginfo_t`, which outlives the call.
    let status = unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let options = libc::WEXITED | libc::WNOWAIT | libc::__WALL;
        libc::waitid(libc::P_PID, pid, &raw mut info, options)
    };
    assert_eq!(status, 0);
}

#[test]
fn what_was_written_in_time_can_be_read_after_it() {
    let options = ForkOptions {
        time_limit: Duration::from_millis(500),
        ..PLENTY
    };
    let mut child = fork_with(&options, |output| {
        output.write_all(b"done").map_err(|error| error.to_string())
    })
    .unwrap();
    wait_for_end(child.pid());
    thread::sleep(options.time_limit);
    assert_eq!(read_all(&mut child), b"done");
    child.finish().unwrap();
}

#[test]
fn a_connection_that_the_parent_closes_is_closed_while_the_child_lives() {
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let mut child = fork(say_and_wait);
    wait_until_it_runs(&mut child);
    drop(ours);
    // Would wait for ever if the child had it open; a failure should not.
    theirs
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    assert_eq!(theirs.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn a_child_that_is_awaited_has_the_priority_of_the_process() {
    let options = ForkOptions {
        is_awaited: true,
        ..PLENTY
    };
    let child = fork_with(&options, |output| {
        // SAFETY: it takes numbers.
        let niceness = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
        write!(output, "{niceness}").map_err(|error| error.to_string())
    });
    // SAFETY: as above.
    let own = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    assert_eq!(text_and_usage(child.unwrap()).0, own.to_string());
}

#[test]
fn the_child_has_one_descriptor_default_signals_a_lower_priority_and_no_core_dumps() {
    let child = fork(|output| {
        let mut report = || -> io::Result<()> {
            // SAFETY: takes numbers only. Listing a directory would allocate in the C library.
            let is_open = |number: &i32| unsafe { libc::fcntl(*number, libc::F_GETFD) } >= 0;
            let open: Vec<_> = (0..4096).filter(is_open).collect();
            writeln!(output, "descriptors: {}", open.len())?;
            output.write_all(&fs::read("/proc/self/status")?)?;
            writeln!(
                output,
                "oom: {}",
                fs::read_to_string("/proc/self/oom_score_adj")?.trim()
            )?;
            // SAFETY: both take numbers.
            let (nice, dumpable) = unsafe {
                (
                    libc::getpriority(libc::PRIO_PROCESS, 0),
                    libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0),
                )
            };
            writeln!(output, "nice: {nice}\ndumpable: {dumpable}")
        };
        report().map_err(|error| error.to_string())
    });
    let (text, _) = text_and_usage(child);
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).trim()
    };
    assert_eq!(field("descriptors:"), "1");
    for name in ["SigBlk:", "SigIgn:", "SigCgt:", "SigPnd:"] {
        assert_eq!(u64::from_str_radix(field(name), 16).unwrap(), 0, "{name}");
    }
    assert_eq!((field("Name:"), field("Threads:")), ("heapwatch", "1"));
    // SAFETY: takes numbers.
    let priority = unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) };
    let niceness: i32 = field("nice:").parse().unwrap();
    // The least of all can't be less.
    assert!(
        niceness > priority || niceness == 19,
        "{priority}, then {niceness}"
    );
    assert_eq!((field("oom:"), field("dumpable:")), ("1000", "0"));
}

#[test]
fn the_signals_of_the_parent_are_as_they_were() {
    let blocked = || {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        let is_set =
            |line: &&str| ["SigBlk", "SigIgn", "SigCgt"].contains(&&line[..6.min(line.len())]);
        status
            .lines()
            .filter(is_set)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let before = blocked();
    fork(|_| Ok(())).finish().unwrap();
    assert_eq!(blocked(), before);
}

#[test]
fn a_budget_that_the_machine_cannot_bear_is_refused_before_the_fork() {
    let options = ForkOptions {
        memory_budget: 1 << 60,
        ..PLENTY
    };
    let error = fork_with(&options, |_| Ok(())).unwrap_err();
    assert_eq!(error.code(), "ERR_HEAPWATCH_LIMIT");
    assert!(
        matches!(error, CaptureError::Limit { needed, .. } if needed >= 1 << 60),
        "{error}"
    );
}

#[test]
#[ignore = "the helper of the test below"]
fn forks_and_tells_the_child_s_pid() {
    let mut child = fork(say_and_wait);
    wait_until_it_runs(&mut child);
    println!("child {}", child.pid());
    wait_for_ever();
}

#[test]
fn the_child_dies_with_its_parent() {
    // SAFETY: orphans of this process become its children.
    unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
    let mut parent = helper("forks_and_tells_the_child_s_pid")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let pid: i32 = lines
        .map(Result::unwrap)
        .find_map(|line| line.split_once("child ")?.1.parse().ok())
        .unwrap();
    assert!(fs::exists(format!("/proc/{pid}")).unwrap());
    parent.kill().unwrap();
    parent.wait().unwrap();
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) };
    assert_eq!(waited, pid, "{}", io::Error::last_os_error());
    assert_eq!(libc::WTERMSIG(status), libc::SIGKILL);
}

#[test]
fn the_child_dies_with_the_thread_that_forked_it() {
    let mut child = thread::spawn(|| {
        let mut child = fork(say_and_wait);
        wait_until_it_runs(&mut child);
        child
    })
    .join()
    .unwrap();
    assert_eq!(read_all(&mut child), b"");
    assert_eq!(
        child.finish().unwrap_err(),
        ChildFailure::Killed {
            signal: libc::SIGKILL
        }
    );
}

/// An id that owns nothing; `nobody` on every system.
const NOBODY: libc::uid_t = 65_534;

#[test]
#[ignore = "the helper of the test below"]
fn forks_without_being_allowed_to() {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: takes numbers, and a limit that is there. Root is exempt from the limit, and so
    // changes into somebody who is not.
    unsafe {
        assert_eq!(libc::setrlimit(libc::RLIMIT_NPROC, &raw const none), 0);
        if libc::geteuid() == 0 {
            assert_eq!(libc::setgid(NOBODY), 0);
            assert_eq!(libc::setuid(NOBODY), 0);
        }
    }
    for _ in 0..3 {
        let error = fork_with(&PLENTY, |_| Ok(())).unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_CAPTURE");
        assert_eq!(error.reason(), Some("fork-failed"));
        let failure = ChildFailure::Fork {
            errno: libc::EAGAIN,
        };
        assert!(matches!(error, CaptureError::Child(found) if found == failure));
    }
    println!("refused three times");
}

#[test]
fn a_process_that_may_have_no_children_gets_a_coded_error() {
    let output = helper("forks_without_being_allowed_to").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("refused three times"), "{text}");
    assert!(output.status.success());
}

#[test]
#[ignore = "the helper of the test below"]
fn forks_without_standard_descriptors() {
    let mut report = fs::File::options()
        .write(true)
        .open("/proc/self/fd/2")
        .unwrap();
    for descriptor in 0..3 {
        // SAFETY: nothing of this process uses them from here on.
        unsafe { libc::close(descriptor) };
    }
    let (text, _) = text_and_usage(fork(|output| {
        eprintln!("this goes nowhere");
        output
            .write_all(b"only this")
            .map_err(|error| error.to_string())
    }));
    let error = failure(&PLENTY, |_| panic!("not into the output"));
    writeln!(report, "got: {text}, {error}").unwrap();
}

#[test]
fn a_service_without_standard_descriptors_gets_the_output_and_nothing_else() {
    let output = helper("forks_without_standard_descriptors")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("got: only this, the child panicked: not into"),
        "{text}"
    );
}
