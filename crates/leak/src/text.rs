//! Numbers as people read them, for evidence and advice.

/// `1,234,567`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `17 bytes`, `4.2 KB`, `31 MB`: powers of 1024, two significant digits below ten.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.5 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(value < 9.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// `3 entries`, `1 entry`
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{bytes, count};

    #[test]
    fn counts_have_thousands_separators() {
        let texts: Vec<_> = [0, 999, 1000, 1_234_567].map(count).into();
        assert_eq!(texts, ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn bytes_have_a_fitting_unit() {
        let texts: Vec<_> = [0, 1023, 1024, 10_189, 10_190, 1 << 20, 1 << 40]
            .map(bytes)
            .into();
        assert_eq!(
            texts,
            [
                "0 bytes",
                "1023 bytes",
                "1.0 KB",
                "10 KB",
                "10 KB",
                "1.0 MB",
                "1.0 TB"
            ]
        );
    }
}
