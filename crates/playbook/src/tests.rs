//! Nothing that is read may end the program.

use proptest::prelude::*;

use super::*;
use plumb_source::MemoryFiles;

fn convert_text(text: &str) -> (Vec<CodeFile>, Diagnostics) {
    let files = MemoryFiles::new().with("site.yml", text);
    convert(Path::new("site.yml"), None, &files, &SourceMap::new())
}

proptest! {
    #[test]
    fn any_expression_is_converted_or_refused(text in "[ab01 .|()\\[\\]{}'\"~+*<>=!%,:-]{0,40}( is | in | and | not | if | else )?[ab.|()]{0,10}") {
        let text = format!("- hosts: all\n  tasks:\n    - debug: msg=x\n      when: {text:?}\n");
        convert_text(&text);
    }

    #[test]
    fn any_playbook_is_converted_or_refused(text in "(- hosts: all\n  (tasks|roles|vars|handlers):\n    [- a-z:{}'\"%=\\[\\]\n]{0,60})") {
        convert_text(&text);
    }
}

#[test]
fn deep_expressions_are_refused() {
    for code in [
        "(".repeat(100_000),
        format!("{}a", "not ".repeat(100_000)),
        format!("a{}", ".b".repeat(100_000)),
        format!("a{}", " and a".repeat(100_000)),
        format!("{}a", "-".repeat(100_000)),
        "[".repeat(100_000),
    ] {
        let text = format!("- hosts: all\n  tasks:\n    - debug: msg=x\n      when: \"{code}\"\n");
        let (files, diagnostics) = convert_text(&text);
        assert!(
            files[0].text.contains("not converted"),
            "{}",
            &files[0].text[..200.min(files[0].text.len())]
        );
        assert_eq!(diagnostics.len(), 1);
    }
}
