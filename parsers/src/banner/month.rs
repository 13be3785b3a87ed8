//! Months by their names in English and in the other languages that Java's locales write them in.

use nom::IResult;

use crate::tail::refused;

/// `Nov`.
pub(super) fn english(input: &[u8]) -> IResult<&[u8], u8> {
    // As arrays, which are compared without a call.
    const MONTHS: [[u8; 3]; 12] = [
        *b"Jan", *b"Feb", *b"Mar", *b"Apr", *b"May", *b"Jun", *b"Jul", *b"Aug", *b"Sep", *b"Oct", *b"Nov",
        *b"Dec",
    ];
    let Some((name, rest)) = input.split_first_chunk() else { return refused(input) };
    match (1..).zip(MONTHS).find(|(_, month)| month == name) {
        Some((number, _)) => Ok((rest, number)),
        None => refused(input),
    }
}

/// How names of months begin, and which month it is.
const BEGINNINGS: [(&str, u8); 33] = [
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("feb", 2),
    ("fev", 2),
    ("fév", 2),
    ("mar", 3),
    ("mär", 3),
    ("mrz", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mag", 5),
    ("mei", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("ago", 8),
    ("se", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("d", 12),
];

/// `Nov`, `sept.`, `août`, `Okt`, `dic`: a name up to the next `/`, of which the beginning tells the month.
pub(super) fn of_any_language(input: &[u8]) -> IResult<&[u8], u8> {
    const LONGEST: usize = 12;
    let end = memchr::memchr(b'/', input).unwrap_or(input.len());
    let Some((name, rest)) = input.split_at_checked(end).filter(|_| end <= LONGEST) else {
        return refused(input);
    };
    let begins = |beginning: &str| {
        name.get(..beginning.len()).is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
    };
    match BEGINNINGS.iter().find(|(beginning, _)| begins(beginning)) {
        Some((_, number)) => Ok((rest, *number)),
        None => refused(input),
    }
}
