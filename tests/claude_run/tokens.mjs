// Where logins are refreshed, for a program that knows only one address for that: a proxy on a port
// of this machine that answers in the name of any host. A refresh token serves once.
//
//     node tokens.mjs KEY CERTIFICATE FIRST_REFRESH_TOKEN SECONDS
//
// It prints its port first, and then a line for whatever it was asked: `issued ACCESS_TOKEN` or
// `refused REFRESH_TOKEN`.
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

const [key, cert, first, seconds] = process.argv.slice(2);
let wanted = first;
let count = 0;

const inside = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) });
inside.on("request", (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (!request.url.startsWith("/v1/oauth/token")) return answer(404, {});
    const token = JSON.parse(Buffer.concat(parts).toString()).refresh_token;
    if (token !== wanted) {
      console.log(`refused ${token}`);
      return answer(400, { error: "invalid_grant" });
    }
    count += 1;
    wanted = `sk-ant-ort01-scripted-${count}`;
    const access = `sk-ant-oat01-scripted-${count}`;
    console.log(`issued ${access}`);
    const issued = { access_token: access, refresh_token: wanted, token_type: "Bearer" };
    // Long enough for another process to come along meanwhile.
    const later = { ...issued, expires_in: Number(seconds), scope: "user:inference user:profile" };
    setTimeout(() => answer(200, later), 300);
  });
});

const proxy = http.createServer();
proxy.on("connect", (_, socket) => {
  socket.on("error", () => {});
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  inside.emit("connection", socket);
});
inside.on("tlsClientError", () => {});
proxy.listen(0, "127.0.0.1", () => console.log(`port ${proxy.address().port}`));
// It ends with the test that started it.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
