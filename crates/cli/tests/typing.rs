//! What is typed at a terminal: nothing of it is lost, however fast it comes.

mod support;

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use support::Directory;

/// Somebody at a terminal.
struct Typist {
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: String,
    child: Child,
}

impl Typist {
    fn at(directory: &Directory, arguments: &[&str]) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let open = || -> OwnedFd {
            rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap()
        };
        let child = directory
            .command(arguments)
            .env("TERM", "xterm")
            .stdin(Stdio::from(open()))
            .stdout(Stdio::from(open()))
            .stderr(Stdio::from(open()))
            .spawn()
            .unwrap();
        let keyboard = File::from(keyboard);
        let mut reader = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                let _ = sender.send(bytes[..count].to_vec());
            }
        });
        Typist { keyboard, screen, seen: String::new(), child }
    }

    fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for a text on the screen.
    #[track_caller]
    fn sees(&mut self, text: &str) {
        let patience = Instant::now() + Duration::from_secs(20);
        while !self.seen.contains(text) {
            let left = patience.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.screen.recv_timeout(left) else {
                panic!("{text:?} is not in {:?}", self.seen)
            };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    /// Waits for the end.
    #[track_caller]
    fn leaves(self) -> String {
        self.leaves_with(0)
    }

    #[track_caller]
    fn leaves_with(mut self, code: i32) -> String {
        support::wait_until_of(&mut self, |typist| typist.child.try_wait().unwrap().is_some(), "it goes on");
        while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{}", self.seen);
        self.seen
    }
}

const ANSWERS: [&str; 4] = ["\"one\"", "\"two\"", "\"three\"", "7"];

/// Four expressions, one of them on two lines, and the farewell.
fn lines(end: &str) -> String {
    ["lower(\"ONE\")", "lower(\"TWO\")", "lower(", "\"THREE\")", "3 + 4", "exit", ""].join(end)
}

#[track_caller]
fn check(screen: &str) {
    for answer in ANSWERS {
        assert!(screen.contains(&format!("\n{answer}\r")), "{answer} is not in {screen:?}");
    }
}

#[test]
fn lines_typed_ahead_are_answered() {
    let directory = Directory::new("");
    let mut typist = Typist::at(&directory, &["console"]);
    // Before it is ready to listen.
    typist.types(&lines("\n"));
    check(&typist.leaves());
}

#[test]
fn lines_that_come_at_once_are_answered() {
    let directory = Directory::new("");
    let mut typist = Typist::at(&directory, &["console"]);
    typist.sees("> ");
    typist.types(&lines("\r"));
    check(&typist.leaves());
}

#[test]
fn pasted_lines_are_answered() {
    let directory = Directory::new("");
    let mut typist = Typist::at(&directory, &["console"]);
    typist.sees("> ");
    // As terminals mark what is pasted.
    typist.types(&format!("\x1b[200~{}\x1b[201~\r", lines("\r").trim_end()));
    check(&typist.leaves());
}

#[test]
fn a_wrong_answer_is_no_reason_not_to_ask_on() {
    let main = "variable \"a\" {\n  type = list(string)\n}\n\nvariable \"b\" {}\n\noutput \"o\" {\n  value = [var.a, var.b]\n}\n";
    let directory = Directory::new(main);
    let mut typist = Typist::at(&directory, &["plan"]);
    typist.sees("var.a");
    typist.types("no list\n");
    typist.sees("var.b");
    typist.types("fine\n");
    typist.sees("Error:");
    let screen = typist.leaves_with(1);
    assert!(!screen.contains("No value for required variable"), "{screen}");
}

#[test]
fn what_is_needed_early_is_asked_for_once() {
    let main = "variable \"stage\" {\n  description = \"Which of them.\"\n}\n\nmodule \"stage\" {\n  source = \"./stages/${var.stage}\"\n}\n\n\
                output \"said\" {\n  value = \"${var.stage} is ${module.stage.size}\"\n}\n";
    let directory = Directory::new(main);
    directory.write("stages/small/main.tf", "output \"size\" {\n  value = 1\n}\n");
    for (arguments, end) in
        [(&["init"][..], "successfully initialized"), (&["apply", "-auto-approve"], "small is 1")]
    {
        let mut typist = Typist::at(&directory, arguments);
        typist.sees("Which of them.");
        typist.types("small\n");
        typist.sees(end);
        let screen = typist.leaves_with(0);
        assert_eq!(screen.matches("Which of them.").count(), 1, "{screen}");
    }
    let mut typist = Typist::at(&directory, &["plan", "-input=false"]);
    typist.sees("No value for required variable");
    typist.leaves_with(1);
    let mut typist = Typist::at(&directory, &["plan"]);
    typist.sees("Enter a value:");
    typist.types("none\n");
    typist.sees("Error:");
    typist.leaves_with(1);
}
