//! Following the runs of a deploy's code.

use std::sync::Arc;

use plumb_deploy::{Secrets, TracedEnd, TracedPass, Tracer};
use plumb_source::Span;
use plumb_starlark::Program;
use serde_json::{Value, json};

use crate::terminal::Terminal;

/// Tells of every run of the code, as lines for people or as JSON.
pub(super) fn tracer(terminal: Arc<Terminal>, program: &Program, secrets: &Secrets, as_json: bool) -> Tracer {
    let (sources, secrets) = (program.sources().clone(), secrets.clone());
    let place = move |span: Span| {
        let file = sources.map().get(span.file)?;
        Some((file.path.to_string(), file.position(span.start).line))
    };
    Arc::new(move |host, pass| {
        if as_json {
            return terminal.line(secrets.hidden(&traced_json(host, pass, &place).to_string()));
        }
        let name = terminal.style().bold(host);
        // All at once, for other hosts are traced beside it.
        let lines: Vec<String> = lines(pass, &place).iter().map(|line| format!("{name}: {line}")).collect();
        terminal.line(secrets.hidden(&lines.join("\n")));
    })
}

type Place<'a> = dyn Fn(Span) -> Option<(String, u32)> + 'a;

fn lines(pass: &TracedPass, place: &Place<'_>) -> Vec<String> {
    let at = |span: Span| place(span).map_or_else(String::new, |(file, line)| format!("{file}:{line}: "));
    let mut lines = vec![format!("run {} of the code", pass.number)];
    lines.extend(pass.printed.iter().map(|(span, text)| format!("  {}prints {text}", at(*span))));
    lines.extend(pass.waits.iter().map(|(span, what)| format!("  {}waits for {what}", at(*span))));
    let operations = match pass.operations {
        1 => "1 operation".to_owned(),
        count => format!("{count} operations"),
    };
    lines.push(match &pass.end {
        TracedEnd::Settled => format!("  came to its end with {operations}, and everything is known"),
        TracedEnd::Incomplete => {
            format!("  came to its end with {operations}, and goes on when more is known")
        }
        TracedEnd::Stopped(span, why) => format!("  {}stopped behind {operations}: {why}", at(*span)),
        TracedEnd::Failed(span, why) => {
            format!("  {}failed behind {operations}: {}", at(*span), why.trim_end())
        }
    });
    lines.extend(pass.asks.iter().map(|what| format!("  asks {what}")));
    lines
}

fn traced_json(host: &str, pass: &TracedPass, place: &Place<'_>) -> Value {
    let placed = |span: Span, what: &str, text: &str| {
        let (file, line) = place(span).unzip();
        json!({ "file": file, "line": line, what: text })
    };
    let end = match &pass.end {
        TracedEnd::Settled | TracedEnd::Incomplete => Value::Null,
        TracedEnd::Stopped(span, why) | TracedEnd::Failed(span, why) => placed(*span, "why", why),
    };
    json!({
        "type": "host_trace",
        "host": host,
        "run": pass.number,
        "printed": pass.printed.iter().map(|(span, text)| placed(*span, "text", text)).collect::<Vec<_>>(),
        "waits": pass.waits.iter().map(|(span, what)| placed(*span, "for", what)).collect::<Vec<_>>(),
        "asks": pass.asks,
        "operations": pass.operations,
        "end": pass.end.name(),
        "stopped": end,
    })
}
