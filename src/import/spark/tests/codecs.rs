//! Logs in every codec: whole, in several streams, cut off and damaged.
//!
//! The writers here make what Spark's libraries make, block by block, so that no recorded file is
//! needed for each codec.

use super::log::{Log, failure, read_bytes};
use crate::import::spark::lz4::checksum;
use crate::import::spark::{ReadOptions, read};
use flate2::{Compression, write::GzEncoder};
use std::collections::HashMap;
use std::fs;
use std::io::Write;

const BLOCK_BYTES: usize = 4096;

type Writer = fn(&[u8]) -> Vec<u8>;

const WRITERS: [(&str, Writer); 6] = [
    ("lz4", lz4),
    ("snappy", snappy),
    ("lzf", lzf),
    ("gz", gzip),
    ("lz4-frame", lz4_frame),
    ("snappy-frame", snappy_frame),
];

fn lz4(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut block = |kind: u8, stored: &[u8], bytes: &[u8]| {
        out.extend(b"LZ4Block");
        // The low half is the size of the writer's blocks, which no reader needs.
        out.push(kind | 2);
        out.extend((stored.len() as u32).to_le_bytes());
        out.extend((bytes.len() as u32).to_le_bytes());
        let sum = if bytes.is_empty() { 0 } else { checksum(bytes) };
        out.extend(sum.to_le_bytes());
        out.extend(stored);
    };
    for (index, bytes) in text.chunks(BLOCK_BYTES).enumerate() {
        // Every third as it is, as the writer does where compression does not help.
        if index % 3 == 2 {
            block(0x10, bytes, bytes);
        } else {
            block(0x20, &lz4_flex::block::compress(bytes), bytes);
        }
    }
    block(0x10, &[], &[]);
    out
}

fn snappy(text: &[u8]) -> Vec<u8> {
    let mut out = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
    for bytes in text.chunks(BLOCK_BYTES) {
        let stored = snap::raw::Encoder::new().compress_vec(bytes).unwrap();
        out.extend((stored.len() as u32).to_be_bytes());
        out.extend(stored);
    }
    out
}

fn lzf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (index, bytes) in text.chunks(BLOCK_BYTES).enumerate() {
        let stored = lzf_runs(bytes);
        if index % 3 == 2 {
            out.extend(b"ZV\0");
            out.extend((bytes.len() as u16).to_be_bytes());
            out.extend(bytes);
        } else {
            out.extend(b"ZV\x01");
            out.extend((stored.len() as u16).to_be_bytes());
            out.extend((bytes.len() as u16).to_be_bytes());
            out.extend(stored);
        }
    }
    out
}

/// LZF, greedily: the last place with the same three bytes, as far as it agrees.
fn lzf_runs(bytes: &[u8]) -> Vec<u8> {
    const LENGTH_MAX: usize = 264;
    let (mut out, mut literals) = (Vec::new(), Vec::new());
    let mut places: HashMap<[u8; 3], usize> = HashMap::new();
    let flush = |out: &mut Vec<u8>, literals: &mut Vec<u8>| {
        for run in literals.chunks(32) {
            out.push(run.len() as u8 - 1);
            out.extend(run);
        }
        literals.clear();
    };
    let mut at = 0;
    while at < bytes.len() {
        let here = bytes[at..].first_chunk::<3>().copied();
        let found = here.and_then(|key| places.insert(key, at));
        let Some(from) = found.filter(|from| at - from <= 8192) else {
            literals.push(bytes[at]);
            at += 1;
            continue;
        };
        flush(&mut out, &mut literals);
        let same = bytes[at..].iter().zip(&bytes[from..]);
        let length = same.take_while(|(a, b)| a == b).count().min(LENGTH_MAX);
        let (code, back) = (length - 2, at - from - 1);
        out.push((code.min(7) << 5) as u8 | (back >> 8) as u8);
        if code >= 7 {
            out.push((code - 7) as u8);
        }
        out.push(back as u8);
        at += length;
    }
    flush(&mut out, &mut literals);
    out
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

fn lz4_frame(text: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

fn snappy_frame(text: &[u8]) -> Vec<u8> {
    let mut writer = snap::write::FrameEncoder::new(Vec::new());
    writer.write_all(text).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_log_reads_the_same_in_every_codec_in_one_stream_or_several() {
    let text = Log::of_one_stage(200).text();
    let (half, rest) = text.as_bytes().split_at(text.len() / 2);
    let (_, plain) = read_bytes(text.as_bytes(), false).unwrap();
    for (codec, write) in WRITERS {
        let two = [write(half), write(rest)].concat();
        for bytes in [write(text.as_bytes()), two] {
            assert!(bytes.len() < text.len(), "{codec}");
            let (application, report) = read_bytes(&bytes, false).unwrap();
            assert_eq!(report.byte_count, text.len() as u64, "{codec}");
            assert_eq!(report.line_count, plain.line_count, "{codec}");
            assert_eq!(application.stages[0].tasks.len(), 200, "{codec}");
        }
    }
}

#[test]
fn lz4_and_lzf_are_read_from_bytes_made_by_hand() {
    let line = b"{\"Event\":\"SparkListenerLogStart\",\"Spark Version\":\"2.4.8\"}\n";
    // xxHash32 by another program.
    assert_eq!(checksum(line), 0x0346_B0FF);
    // `ab` as it is, then six bytes from two back, then 20 from one back, which takes a third byte.
    let runs = [1, b'a', b'b', 4 << 5, 1, 7 << 5, 11, 0];
    let mut bytes = b"ZV\x01\0\x08\0\x1c".to_vec();
    bytes.extend(runs);
    let start = format!("found `abababab{}…`", "b".repeat(16));
    let message = failure(&bytes, false);
    assert!(message.ends_with(&start), "{message}");
}

#[test]
fn a_cut_off_stream_is_an_error_or_gives_all_whole_blocks() {
    let text = Log::of_one_stage(200).text();
    let (_, complete) = read_bytes(text.as_bytes(), false).unwrap();
    let pieces = [
        "an lz4 block",
        "a snappy block",
        "an lzf chunk",
        "gzip data",
    ];
    for ((codec, write), piece) in WRITERS.into_iter().zip(pieces) {
        let bytes = write(text.as_bytes());
        let cut = &bytes[..bytes.len() * 7 / 10];
        let message = failure(cut, false);
        let expected =
            format!("`small.log` is cut off: it ends in the middle of {piece}, after line ");
        assert!(message.starts_with(&expected), "{codec}: {message}");
        let (_, report) = read_bytes(cut, true).unwrap();
        assert!(complete.line_count / 3 < report.line_count, "{codec}");
        assert!(report.line_count < complete.line_count, "{codec}");
    }
    // lz4 says where a stream ends, so a block that is not there is missed.
    let bytes = lz4(text.as_bytes());
    let message = failure(&bytes[..bytes.len() - 21], false);
    assert!(
        message.contains("in the middle of an lz4 block"),
        "{message}"
    );
}

#[test]
fn a_changed_byte_never_panics_and_lz4_sees_it() {
    let text = Log::of_one_stage(40).text();
    for (codec, write) in WRITERS {
        let bytes = write(text.as_bytes());
        for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x15;
            let _ = read_bytes(&changed, true);
            // The low half of the ninth byte of a block says nothing.
            if codec == "lz4" && at > 8 {
                assert!(read_bytes(&changed, false).is_err(), "byte {at}");
            }
        }
    }
}

#[test]
fn a_head_that_is_damaged_is_what_the_name_says_it_should_be() {
    let directory = tempfile::tempdir().unwrap();
    let text = Log::of_one_stage(20).text();
    let expected = [
        (
            "log.lz4.inprogress",
            lz4(text.as_bytes()),
            "an lz4 block does not begin with `LZ4Block`",
        ),
        (
            "log.lzf",
            lzf(text.as_bytes()),
            "an lzf chunk does not begin with `ZV`",
        ),
        (
            "log.snappy",
            snappy(text.as_bytes()),
            "a snappy block does not follow a head that says `SNAPPY`",
        ),
    ];
    for (name, mut bytes, problem) in expected {
        bytes[0] = 1;
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = read(&path, &ReadOptions { partial: false }).unwrap_err();
        let message = error.to_string();
        assert!(
            message.ends_with(&format!("{name}` is damaged after line 0: {problem}")),
            "{message}"
        );
        assert!(error.hint().is_some());
    }
    // Whatever its name, JSON is JSON.
    let path = directory.path().join("plain.lz4");
    fs::write(&path, text).unwrap();
    assert!(read(&path, &ReadOptions { partial: false }).is_ok());
}
