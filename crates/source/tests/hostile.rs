//! Inputs made to overflow a stack, to run for ever, or to take all memory.

use std::thread;
use std::time::Duration;

use heapwatch_source::Language::{self, JavaScript, Tsx, TypeScript};
use heapwatch_source::{Limits, Position, Source, SourceError};

/// Less than any thread of Node has; a recursion on nesting would overflow it in an instant.
const STACK: usize = 512 << 10;

/// Text that nests or chains when repeated, each in another part of the grammars or the index.
const REPEATED: &[&str] = &[
    "(",
    "[",
    "{",
    "((",
    "{a}",
    "({a:",
    "[a]=",
    "(a,",
    "a.b(",
    "async(",
    "async ",
    "((a)=>",
    "a=>",
    "a?",
    "a=",
    "a**",
    "1+",
    "!",
    "new ",
    "if(1)",
    "else ",
    "`${",
    "<a>",
    "<a b={",
    "function a(){",
    "class A{",
    "class A{m(){",
    "class A extends (",
    "x.on(a).on",
    "x=[...x,",
    "(x??=[]).push(",
    "var{a:",
    "for(;;)",
    "try{}catch(x){",
    "@a ",
    "a<",
    "<",
    "let ",
    "a as ",
    "a!",
    "type A=B<",
    "//\n",
    "/**/",
    "/*",
    "\n",
    "\"",
    "'",
    "#",
    "/",
    "\\",
    "\0",
    "\u{FEFF}",
    "😀",
    "x;",
    "a\n",
    "import(",
];

/// Time enough for a busy machine, as depth is what is tested.
fn limited_by_tokens_only() -> Limits {
    Limits {
        max_time: Duration::from_secs(120),
        max_nesting: usize::MAX,
        ..Limits::default()
    }
}

fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, work);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => panic!("no thread: {error}"),
        }
    })
}

/// Parses and asks everything.
fn exercise(text: &str, language: Language, limits: &Limits) -> Result<(), SourceError> {
    on_a_small_stack(|| {
        let source = Source::parse_within(text, language, limits)?;
        for line in [0, 1, u32::MAX] {
            for column in [0, 1, 77, u32::MAX] {
                let position = Position { line, column };
                for name in ["x", "a", "A", ""] {
                    let _ = source.variable_sites(name, &[position]);
                    let _ = source.property_sites(name, &[position]);
                }
                let _ = source.function_at(position);
            }
        }
        Ok(())
    })
}

/// Whether a limit stopped it, as against a defect.
fn is_limit(error: &SourceError) -> bool {
    error.code() == "ERR_HEAPWATCH_LIMIT"
}

#[test]
fn deep_nesting_of_every_kind_is_read_to_the_end_on_a_small_stack() {
    let limits = limited_by_tokens_only();
    for text in REPEATED {
        let text = text.repeat(10_000);
        for language in [JavaScript, TypeScript, Tsx] {
            let result = exercise(&text, language, &limits);
            assert_eq!(result, Ok(()), "{language:?}: {:?}...", text.get(..16));
        }
    }
}

#[test]
fn brackets_nested_200_000_deep_and_closed_again_are_read() {
    let limits = limited_by_tokens_only();
    for (open, close) in [("[", "]"), ("(", ")"), ("{", "}"), ("f(()=>{", "})")] {
        let depth = 200_000 / open.len();
        let text = open.repeat(depth) + "1" + &close.repeat(depth);
        let result = exercise(&text, JavaScript, &limits);
        assert_eq!(result, Ok(()), "{open}");
    }
}

#[test]
fn within_the_default_limits_every_hostile_file_ends_with_an_answer_or_a_limit() {
    let megabyte = 1 << 20;
    let files = [
        "[".repeat(200_000) + &"]".repeat(200_000),
        "1+".repeat(megabyte),
        "1+".repeat(200_000),
        "(a,\")\"".repeat(80_000),
        "(".repeat(4 * megabyte),
        format!(
            "const x = `{}`; x.push(1)",
            "lorem ${'ipsum'} ".repeat(megabyte / 20)
        ),
        format!("const x = `{}`; x.push(1)", "l".repeat(megabyte)),
        format!("const x = [{}];", "\"data\",".repeat(100_000)),
        format!("x{};", ".on(a)".repeat(80_000)),
        format!("const {{{}}} = a;", "a,".repeat(200_000)),
        "\u{10FFFF}".repeat(megabyte),
    ];
    for text in &files {
        for language in [JavaScript, Tsx] {
            if let Err(error) = exercise(text, language, &Limits::default()) {
                assert!(is_limit(&error), "{error} for {:?}...", text.get(..16));
            }
        }
    }
}

#[test]
fn too_large_or_too_deep_a_file_is_refused_before_it_is_parsed() {
    let too_large = " ".repeat((4 << 20) + 1);
    assert_eq!(
        Source::parse(&too_large, JavaScript).err(),
        Some(SourceError::TooLarge {
            bytes: (4 << 20) + 1,
            limit: 4 << 20
        })
    );
    assert_eq!(
        Source::parse(&"(".repeat(4 << 20), JavaScript).err(),
        Some(SourceError::TooManyTokens {
            tokens: 4 << 20,
            limit: 500_000
        })
    );
    assert_eq!(
        Source::parse(&"(a,".repeat(20_000), JavaScript).err(),
        Some(SourceError::TooDeep {
            nesting: 20_000,
            limit: 10_000
        })
    );
    assert!(Source::parse(&too_large[1..], JavaScript).is_ok());
}

#[test]
fn a_parse_that_runs_out_of_time_says_so() {
    let text = "f(() => { x.push(1); });\n".repeat(100_000);
    let limits = Limits {
        max_tokens: usize::MAX,
        max_time: Duration::from_millis(1),
        ..Limits::default()
    };
    let expected = SourceError::TimedOut { limit_ms: 1 };
    assert_eq!(exercise(&text, JavaScript, &limits), Err(expected));
}

#[test]
fn without_limits_on_size_the_time_still_ends_it() {
    let limits = Limits {
        max_tokens: usize::MAX,
        max_nesting: usize::MAX,
        max_time: Duration::from_millis(200),
        ..Limits::default()
    };
    for text in ["(", "a?", "//\n", "\"", "/*", "let ", "({a:", "x=>{"] {
        let text = text.repeat((4 << 20) / text.len());
        if let Err(error) = exercise(&text, JavaScript, &limits) {
            assert!(is_limit(&error), "{error} for {:?}...", text.get(..16));
        }
    }
}
