use super::*;

const SEVERAL: &str = "\
00400000-02d5c000 r--p 00000000 fe:00 10495                              /usr/bin/node
02d5c000-02d60000 rw-p 0295b000 fe:00 10495                              /usr/bin/node
0565d000-05689000 rw-p 00000000 00:00 0 
06b7d000-06bb6000 rw-p 00000000 00:00 0                                  [heap]
30c222480000-30c2224c0000 rw-p 00000000 00:00 0                          [anon:v8]
30c2224c0000-30c222500000 ---p 00000000 00:00 0 
7f3dd4003000-7f3dd403f000 rwxp 00000000 00:00 0 
7f3dd5000000-7f3dd5001000 rw-s 00000000 00:0e 1                          anon_inode:[io_uring]
7f3dd5001000-7f3dd5002000 rw-s 00000000 00:01 7                          /dev/zero (deleted)
7f3dd5002000-7f3dd5003000 rw-s 00000000 00:05 9                          /dev/dri/card0
7f3dd5003000-7f3dd5004000 r--p 00000000 00:05 9                          /a path/with: blanks (deleted)
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
7ffc00100000-7ffc00104000 r--p 00000000 00:00 0                          [vvar]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
";

#[test]
fn every_kind_of_line_has_its_origin() {
    use MappingOrigin::*;
    let map = MemoryMap::parse(SEVERAL.as_bytes()).unwrap();
    let origins: Vec<_> = map
        .mappings()
        .iter()
        .map(|mapping| mapping.origin)
        .collect();
    let expected = [
        PrivateFile,
        PrivateFile,
        Anonymous,
        Heap,
        Anonymous,
        Anonymous,
        Anonymous,
        Device,
        SharedFile,
        Device,
        PrivateFile,
        Stack,
        Special,
        Special,
    ];
    assert_eq!(origins, expected);
}

#[test]
fn permissions_and_range_are_those_of_the_line() {
    let map = MemoryMap::parse(SEVERAL.as_bytes()).unwrap();
    let code = map.containing(0x7f3d_d403_efff).unwrap();
    assert_eq!(code.range, 0x7f3d_d400_3000..0x7f3d_d403_f000);
    assert!(code.readable && code.writable && code.executable);
    let guard = map.containing(0x30c2_224c_0000).unwrap();
    assert!(!guard.readable && !guard.writable && !guard.executable);
    for hole in [0, 0x003f_ffff, 0x7f3d_d403_f000, u64::MAX] {
        assert_eq!(map.containing(hole), None);
    }
}

#[test]
fn plain_memory_is_private_and_readable_and_joined() {
    let map = MemoryMap::parse(SEVERAL.as_bytes()).unwrap();
    let expected = [
        0x0040_0000..0x02d6_0000,
        0x0565_d000..0x0568_9000,
        0x06b7_d000..0x06bb_6000,
        0x30c2_2248_0000..0x30c2_224c_0000,
        0x7f3d_d400_3000..0x7f3d_d403_f000,
        0x7f3d_d500_3000..0x7f3d_d500_4000,
        0x7ffc_0000_0000..0x7ffc_0002_1000,
    ];
    assert_eq!(map.plain_memory(), expected);
}

#[test]
fn a_line_that_makes_no_sense_is_refused_with_its_text() {
    for line in [
        "hello",
        "1-2",
        "2-1 rw-p 0 0:0 0",
        "1-1 rw-p 0 0:0 0",
        "-2 rw-p 0 0:0 0",
        "1-g rw-p 0 0:0 0",
        "1-2 rwp 0 0:0 0",
        "1-12345678901234567 rw-p 0 0:0 0",
    ] {
        let error = MemoryMap::parse(line.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "ERR_HEAPWATCH_UNSUPPORTED", "{line}");
        assert!(error.to_string().contains(line), "{error}");
    }
}

#[test]
fn this_process_finds_its_own_code_stack_and_heap_and_can_read_them() {
    static CONSTANT: [u64; 512] = [7; 512];
    let on_the_stack = 7_u64;
    let on_the_heap = Box::new(7_u64);
    let ranges = MemoryMap::read().unwrap().plain_memory();
    for pointer in [
        &raw const CONSTANT[0],
        &raw const on_the_stack,
        &raw const *on_the_heap,
    ] {
        let address = pointer as u64;
        let range = ranges.iter().find(|range| range.contains(&address));
        assert!(range.is_some(), "{address:x} is in none of {ranges:x?}");
        // SAFETY: the pointer is to one of the three values above.
        assert_eq!(unsafe { pointer.read_volatile() }, 7);
    }
}
