// Registers a client at BASE_URL and prints the headers of its requests.
const base = process.env.BASE_URL;

async function post(path, body) {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${path} answers ${answer.status}`);
  return answer.json();
}

const client = await post("/clients", { name: `probe-${Date.now()}` });
const token = await post("/tokens", { client_id: client.id, client_secret: client.secret });
process.stdout.write(`Authorization: Bearer ${token.access_token}\n`);
