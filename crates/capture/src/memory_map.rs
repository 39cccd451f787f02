//! What is mapped where in this process, from `/proc/self/maps`.
//!
//! Who follows pointers through a foreign heap has to know which addresses may be read at all:
//! a page without permission, a hole or a device ends the process. The kernel's list is exact at
//! the moment each line is written; it is not one picture of the whole, since other threads may
//! map and unmap between two lines. In a forked child, which is alone, it is.
//!
//! Format: proc_pid_maps(5). Cost: about half a microsecond a line; a Node process has hundreds to
//! some thousands of lines, because V8 maps each of its pages by itself. Memory: 24 bytes a line,
//! and the text once.

use std::fs::File;
use std::io::{Read, Seek};
use std::ops::Range;

use crate::CaptureError;

/// All mappings of this process, by ascending address.
#[derive(Debug, Clone, Default)]
pub struct MemoryMap {
    mappings: Vec<Mapping>,
}

/// A stretch of addresses with the same permissions and the same origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// First address, and the one behind the last.
    pub range: Range<u64>,
    /// May be read.
    pub readable: bool,
    /// May be written.
    pub writable: bool,
    /// May be run.
    pub executable: bool,
    /// Where its contents come from.
    pub origin: MappingOrigin,
}

/// Where the contents of a mapping come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappingOrigin {
    /// Private memory without a file: V8's heap, most of malloc's, stacks of threads, `.bss`.
    Anonymous,
    /// malloc's first area, which grows by `brk`.
    Heap,
    /// The main thread's stack, which grows by itself.
    Stack,
    /// A file, copied when written: the program and its libraries.
    PrivateFile,
    /// Memory that other processes see too, with or without a file.
    SharedFile,
    /// A device, or a file that the kernel makes up. Reading it may have any effect.
    Device,
    /// What the kernel maps for its own purposes: `[vdso]`, `[vvar]`, `[vsyscall]`.
    Special,
}

/// The kernel's list, to be read more than once.
#[derive(Debug)]
pub(crate) struct MapSource {
    file: File,
    text: Vec<u8>,
}

/// Room for the text of a thousand mappings, so that reading seldom has to make more.
const TEXT_BYTES: usize = 64 * 1024;

impl MapSource {
    pub(crate) fn open() -> Result<MapSource, CaptureError> {
        let file =
            File::open("/proc/self/maps").map_err(CaptureError::io("open the memory map"))?;
        Ok(MapSource {
            file,
            text: Vec::with_capacity(TEXT_BYTES),
        })
    }

    pub(crate) fn read(&mut self) -> Result<MemoryMap, CaptureError> {
        self.text.clear();
        self.file
            .rewind()
            .and_then(|()| self.file.read_to_end(&mut self.text))
            .map_err(CaptureError::io("read the memory map"))?;
        MemoryMap::parse(&self.text)
    }
}

impl MemoryMap {
    /// Reads the list, now.
    ///
    /// # Errors
    /// - [`CaptureError::Io`] if there is no `/proc`, or no descriptor left to open it with.
    /// - [`CaptureError::Unsupported`] if a line makes no sense: rather nothing than half a map.
    pub fn read() -> Result<MemoryMap, CaptureError> {
        MapSource::open()?.read()
    }

    pub(crate) fn parse(text: &[u8]) -> Result<MemoryMap, CaptureError> {
        let lines = text.split(|&byte| byte == b'\n');
        let mappings = lines
            .filter(|line| !line.is_empty())
            .map(|line| Mapping::parse(line).ok_or_else(|| unknown_line(line)))
            .collect::<Result<_, _>>()?;
        Ok(MemoryMap { mappings })
    }

    /// All mappings, by ascending address.
    pub fn mappings(&self) -> &[Mapping] {
        &self.mappings
    }

    /// The mapping that has `address`. Logarithmic time.
    pub fn containing(&self, address: u64) -> Option<&Mapping> {
        let behind = self
            .mappings
            .partition_point(|mapping| mapping.range.start <= address);
        let mapping = self.mappings.get(behind.checked_sub(1)?)?;
        (address < mapping.range.end).then_some(mapping)
    }

    /// What may be read without any effect, adjacent stretches joined, by ascending address.
    pub fn plain_memory(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for mapping in self
            .mappings
            .iter()
            .filter(|mapping| mapping.is_plain_memory())
        {
            match ranges.last_mut() {
                Some(last) if last.end == mapping.range.start => last.end = mapping.range.end,
                _ => ranges.push(mapping.range.clone()),
            }
        }
        ranges
    }
}

fn unknown_line(line: &[u8]) -> CaptureError {
    CaptureError::Unsupported {
        what: "reading the process's memory map",
        reason: format!("unknown line '{}'", String::from_utf8_lossy(line)),
    }
}

impl Mapping {
    /// Whether reading it has no effect but to yield bytes. Shared memory is left out, for others
    /// may cut it short in the middle of a read.
    pub fn is_plain_memory(&self) -> bool {
        use MappingOrigin::{Anonymous, Heap, PrivateFile, Stack};
        self.readable && matches!(self.origin, Anonymous | Heap | Stack | PrivateFile)
    }

    /// Whether both differ in nothing but their addresses.
    pub(crate) fn is_like(&self, other: &Mapping) -> bool {
        let kind = |mapping: &Mapping| {
            let access = (mapping.readable, mapping.writable, mapping.executable);
            (access, mapping.origin)
        };
        kind(self) == kind(other)
    }

    /// A line such as `7f00-7f80 rw-p 00000000 00:00 0    /path with blanks`.
    fn parse(line: &[u8]) -> Option<Mapping> {
        let mut fields = line.splitn(6, |&byte| byte == b' ');
        let range = parse_range(fields.next()?)?;
        let &[read, write, execute, sharing] = fields.next()? else {
            return None;
        };
        let path = fields.nth(3).unwrap_or_default().trim_ascii_start();
        Some(Mapping {
            range,
            readable: read == b'r',
            writable: write == b'w',
            executable: execute == b'x',
            origin: MappingOrigin::of(path, sharing == b's'),
        })
    }
}

impl MappingOrigin {
    fn of(path: &[u8], is_shared: bool) -> MappingOrigin {
        match path {
            b"[heap]" => MappingOrigin::Heap,
            b"[stack]" => MappingOrigin::Stack,
            // Anonymous memory that its owner has named (prctl(PR_SET_VMA)).
            _ if path.starts_with(b"[anon:") => MappingOrigin::Anonymous,
            _ if path.starts_with(b"[") => MappingOrigin::Special,
            _ if is_device(path) => MappingOrigin::Device,
            _ if is_shared => MappingOrigin::SharedFile,
            b"" => MappingOrigin::Anonymous,
            _ => MappingOrigin::PrivateFile,
        }
    }
}

/// /dev/shm is shared memory and /dev/zero is how the kernel shows shared memory without a file.
fn is_device(path: &[u8]) -> bool {
    let is_in_dev = path.starts_with(b"/dev/")
        && !path.starts_with(b"/dev/shm/")
        && !path.starts_with(b"/dev/zero");
    is_in_dev || path.starts_with(b"anon_inode:") || path.starts_with(b"/proc/")
}

fn parse_range(text: &[u8]) -> Option<Range<u64>> {
    let dash = text.iter().position(|&byte| byte == b'-')?;
    let range = parse_hexadecimal(&text[..dash])?..parse_hexadecimal(&text[dash + 1..])?;
    (range.start < range.end).then_some(range)
}

fn parse_hexadecimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits.iter().try_fold(0, |value, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(value << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests;
