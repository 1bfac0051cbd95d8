//! The wire: HTTP/1.1, one request a connection, events as chunks.

use super::{Block, Fault, Request, State, Step};
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(1);

fn id(prefix: &str) -> String {
    format!("{prefix}_{:06}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Answers one request.
pub(super) fn serve(stream: &TcpStream, state: &State) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let path = target.split('?').next().unwrap_or("");
    let (authorization, body) = body(&mut reader)?;
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let size = body.len() as u64 / 4;
    match (method, path) {
        ("POST", "/v1/messages") if !state.only.lets_in(&authorization) => {
            let refused = error(kind_of(401), "this token is not the one");
            answer(stream, 401, None, &refused)
        }
        ("POST", "/v1/messages") => message(stream, state, &value, size),
        ("POST", "/v1/messages/count_tokens") => {
            answer(stream, 200, None, &json!({"input_tokens": size}))
        }
        ("HEAD", _) => head(stream, 200, "content-length: 0\r\n"),
        ("GET", "/v1/models") => answer(stream, 200, None, &json!({"data": [], "has_more": false})),
        _ => answer(stream, 404, None, &error("not_found_error", "nothing here")),
    }
}

/// The words of authorization, and the body.
fn body(reader: &mut BufReader<&TcpStream>) -> io::Result<(String, Vec<u8>)> {
    let (mut length, mut chunked) = (0, false);
    let mut authorization = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(words) = line.strip_prefix("authorization:") {
            words.trim().clone_into(&mut authorization);
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
    }
    let mut body = Vec::new();
    if !chunked {
        reader.take(length).read_to_end(&mut body)?;
        return Ok((authorization, body));
    }
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
        reader.by_ref().take(size).read_to_end(&mut body)?;
        reader.read_line(&mut String::new())?;
        if size == 0 {
            return Ok((authorization, body));
        }
    }
}

fn head(mut stream: &TcpStream, status: u16, headers: &str) -> io::Result<()> {
    let id = id("req");
    write!(
        stream,
        "HTTP/1.1 {status} Scripted\r\nconnection: close\r\nrequest-id: {id}\r\n{headers}\r\n"
    )
}

fn answer(mut stream: &TcpStream, status: u16, retry: Option<u32>, body: &Value) -> io::Result<()> {
    let body = body.to_string();
    let retry = retry.map_or_else(String::new, |secs| format!("retry-after: {secs}\r\n"));
    let length = body.len();
    let headers = format!("content-type: application/json\r\ncontent-length: {length}\r\n{retry}");
    head(stream, status, &headers)?;
    stream.write_all(body.as_bytes())
}

fn error(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

fn kind_of(status: u16) -> &'static str {
    match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

fn message(stream: &TcpStream, state: &State, request: &Value, size: u64) -> io::Result<()> {
    state.log.lock().unwrap().push(Request {
        body: request.clone(),
    });
    let (step, fault) = state.choose(request);
    match fault {
        Some(Fault::Status(status, retry)) => {
            return answer(
                stream,
                status,
                retry,
                &error(kind_of(status), "as the script says"),
            );
        }
        Some(Fault::Says(status, words)) => {
            return answer(stream, status, None, &error(kind_of(status), words));
        }
        _ => {}
    }
    let model = request["model"].as_str().unwrap_or("model");
    let (events, whole) = reply(&step, model, size);
    if request["stream"] == true {
        return send_stream(stream, &events, fault.as_ref());
    }
    // An agent that falls back to a plain request meets the same fault.
    match fault {
        None => answer(stream, 200, None, &whole),
        Some(Fault::SseError(kind)) => {
            answer(stream, 529, None, &error(kind, "as the script says"))
        }
        Some(_) => stream.shutdown(std::net::Shutdown::Both),
    }
}

fn send_stream(mut stream: &TcpStream, events: &[Value], fault: Option<&Fault>) -> io::Result<()> {
    head(
        stream,
        200,
        "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n",
    )?;
    let mut send = |text: &str| write!(stream, "{:x}\r\n{text}\r\n", text.len());
    for (at, event) in events.iter().enumerate() {
        match fault {
            Some(Fault::Cut(after)) if at == *after => {
                return stream.shutdown(std::net::Shutdown::Both);
            }
            Some(Fault::Stall(after)) if at == *after => {
                // Until the agent hangs up.
                return stream.read(&mut [0]).map(drop);
            }
            Some(Fault::SseError(kind)) if at == 2 => {
                send(&format!(
                    "event: error\ndata: {}\n\n",
                    error(kind, "as the script says")
                ))?;
                break;
            }
            Some(Fault::Garbage) if at == 2 => {
                send("event: content_block_delta\ndata: {not json\n\n")?;
                continue;
            }
            _ => {}
        }
        let name = event["type"].as_str().unwrap();
        send(&format!("event: {name}\ndata: {event}\n\n"))?;
    }
    send("")
}

/// A step as the events of a stream and as one message.
fn reply(step: &Step, model: &str, size: u64) -> (Vec<Value>, Value) {
    let (input, output) = step.usage.unwrap_or((size, 20));
    let calls = step
        .blocks
        .iter()
        .any(|block| matches!(block, Block::Call(..)));
    let stop = if calls { "tool_use" } else { "end_turn" };
    let usage = |output: u64| {
        json!({"input_tokens": input, "output_tokens": output,
            "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0})
    };
    let mut whole = json!({"id": id("msg"), "type": "message", "role": "assistant", "model": model,
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage(1)});
    let mut events = vec![json!({"type": "message_start", "message": whole.clone()})];
    let mut content = Vec::new();
    for (index, block) in step.blocks.iter().enumerate() {
        let (begun, delta, done) = match block {
            Block::Say(text) => (
                json!({"type": "text", "text": ""}),
                json!({"type": "text_delta", "text": text}),
                json!({"type": "text", "text": text}),
            ),
            Block::Think(text) => (
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                json!({"type": "thinking_delta", "thinking": text}),
                json!({"type": "thinking", "thinking": text, "signature": "c2ln"}),
            ),
            Block::Call(name, input) => {
                let call = id("toolu");
                (
                    json!({"type": "tool_use", "id": call, "name": name, "input": {}}),
                    json!({"type": "input_json_delta", "partial_json": input.to_string()}),
                    json!({"type": "tool_use", "id": call, "name": name, "input": input}),
                )
            }
        };
        events.push(json!({"type": "content_block_start", "index": index, "content_block": begun}));
        events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        if matches!(block, Block::Think(_)) {
            let sign = json!({"type": "signature_delta", "signature": "c2ln"});
            events.push(json!({"type": "content_block_delta", "index": index, "delta": sign}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
        content.push(done);
    }
    events.push(json!({"type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": usage(output)}));
    events.push(json!({"type": "message_stop"}));
    whole["content"] = content.into();
    whole["stop_reason"] = stop.into();
    whole["usage"] = usage(output);
    (events, whole)
}
