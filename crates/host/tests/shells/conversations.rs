//! What goes in and what comes out.

use plumb_host::{Event, Request, Stream};

use crate::support::{ask, open, output, with_each};

#[test]
fn each_request_has_its_own_output_errors_and_status() {
    with_each("each_request_has_its_own_output_errors_and_status", async |host| {
        let mut shell = open(host).await;
        let requests = [
            Request::trusted("printf 'no end of line'"),
            Request::trusted("printf out; printf err >&2; exit 7"),
            Request::trusted(":"),
            Request::trusted("printf 'a\\0b\\377c\\n\\n'"),
            Request::trusted("false"),
        ];
        let replies = ask(&mut shell, &requests).await.unwrap();
        let seen: Vec<_> =
            replies.iter().map(|reply| (reply.status, &reply.output[..], &reply.errors[..])).collect();
        let expected: [(u32, &[u8], &[u8]); 5] = [
            (0, b"no end of line", b""),
            (7, b"out", b"err"),
            (0, b"", b""),
            (0, b"a\0b\xffc\n\n", b""),
            (1, b"", b""),
        ];
        assert_eq!(seen, expected);
        assert!(replies.iter().all(|reply| !reply.is_cut));
    });
}

#[test]
fn nothing_that_a_request_does_reaches_the_next() {
    with_each("nothing_that_a_request_does_reaches_the_next", async |host| {
        let mut shell = open(host).await;
        let requests = [
            Request::trusted(
                "cd /; x=1; export x; set -e; umask 077; trap 'echo trapped' EXIT; exec 1>/dev/null",
            ),
            Request::trusted(
                "printf '%s' \"${x-unset}\"; umask; test \"$PWD\" = / || printf elsewhere; false; printf on",
            ),
            // Whoever reads does not get what comes after.
            Request::trusted("cat; read line; printf \"[$line]\""),
            Request::trusted("exec printf replaced"),
            Request::trusted("printf last"),
        ];
        let replies = ask(&mut shell, &requests).await.unwrap();
        let mask = output(&mut shell, "umask").await;
        let mask = String::from_utf8(mask).unwrap();
        assert_eq!(replies[1].output, format!("unset{mask}elsewhereon"));
        assert_eq!(replies[2].output, "[]");
        assert_eq!((&replies[3].output[..], &replies[4].output[..]), (&b"replaced"[..], &b"last"[..]));
    });
}

#[test]
fn texts_of_others_harm_only_themselves() {
    with_each("texts_of_others_harm_only_themselves", async |host| {
        let mut shell = open(host).await;
        let long = format!("# {}\nprintf \"$((1 + 1))\"; cat; exit 3", "it's long ".repeat(20_000));
        let unclosed_and_long = format!("# {}\nif true; then (", "x".repeat(200_000));
        let requests = [
            Request::foreign("if then fi ((("),
            Request::foreign("printf 'quotes \" and '\\''more'\\'''; exit 4"),
            Request::foreign("echo 'unclosed"),
            Request::foreign(&long),
            Request::foreign(&unclosed_and_long),
            Request::foreign("cat <<'PLUMB_END_0'\nPLUMB_END_1\nPLUMB_END_0"),
            Request::trusted("printf fine"),
        ];
        let replies = ask(&mut shell, &requests).await.unwrap();
        assert!(replies[0].status != 0 && !replies[0].errors.is_empty(), "{:?}", replies[0]);
        assert_eq!((replies[1].status, &replies[1].output[..]), (4, &b"quotes \" and 'more'"[..]));
        assert!(replies[2].status != 0, "{:?}", replies[2]);
        assert_eq!((replies[3].status, &replies[3].output[..]), (3, &b"2"[..]));
        assert!(replies[4].status != 0, "{:?}", replies[4]);
        assert_eq!(replies[5].output, "PLUMB_END_1\n");
        assert_eq!(replies[6].output, "fine");
    });
}

#[test]
fn much_goes_both_ways_at_once() {
    with_each("much_goes_both_ways_at_once", async |host| {
        let mut shell = open(host).await;
        // More than pipes hold, in both directions, before anybody has read any of it.
        let requests: Vec<Request> = (0..200)
            .map(|number| {
                let filling = "y".repeat(4000);
                Request::trusted(format!("printf '%s\\n' {filling} {number}; printf '%s' {filling} >&2"))
            })
            .collect();
        let replies = ask(&mut shell, &requests).await.unwrap();
        for (number, reply) in replies.iter().enumerate() {
            assert_eq!((reply.output.len(), reply.errors.len()), (4002 + number.to_string().len(), 4000));
            assert!(reply.output.ends_with(format!("\n{number}\n").as_bytes()));
        }
    });
}

#[test]
fn what_is_beyond_the_limit_is_handed_on_and_not_kept() {
    with_each("what_is_beyond_the_limit_is_handed_on_and_not_kept", async |host| {
        let mut shell = open(host).await;
        let requests = [
            Request::trusted("i=0; while [ $i -lt 500 ]; do echo 0123456789; i=$((i + 1)); done")
                .keeping(100),
            Request::trusted("printf whole").keeping(5),
        ];
        let mut seen = [0; 2];
        let mut observe = |at: usize, event: Event<'_>| {
            let Event::Wrote(stream, bytes) = event else { return };
            assert_eq!(stream, Stream::Output);
            seen[at] += bytes.len();
        };
        let replies = shell.run(&requests, &mut observe).await.unwrap();
        assert_eq!((replies[0].output.len(), replies[0].is_cut), (100, true));
        assert_eq!((&replies[1].output[..], replies[1].is_cut), (&b"whole"[..], false));
        assert_eq!(seen, [5500, 5]);
    });
}

#[test]
fn what_is_written_is_seen_as_it_comes() {
    with_each("what_is_written_is_seen_as_it_comes", async |host| {
        let directory = tempfile::tempdir().unwrap();
        let go = directory.path().join("go");
        let mut shell = open(host).await;
        let text = format!("echo first; while ! test -e {}; do sleep 0.05; done; echo second", go.display());
        // It ends only once the first line has been seen.
        let mut observe = |_: usize, event: Event<'_>| {
            let Event::Wrote(_, bytes) = event else { return };
            if bytes.starts_with(b"first") {
                std::fs::write(&go, "").unwrap();
            }
        };
        let replies = shell.run(&[Request::trusted(text)], &mut observe).await.unwrap();
        assert_eq!(replies[0].output, "first\nsecond\n");
    });
}
