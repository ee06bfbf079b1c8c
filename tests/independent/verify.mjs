// Verifies a published log with nothing but Node: an implementation of its own, from the
// specifications (RFC 6962; c2sp.org: signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy,
// tlog-tiles, tlog-proof), that shares no line with the portal's.
//
//   node verify.mjs FOLDER-OR-URL --policy FILE [--token TOKEN] [--no-entries]
//   node verify.mjs FOLDER-OR-URL --policy FILE --proof FILE --entry FILE
//
// Prints what was verified as one line of JSON, or the first thing that is wrong (exit code 1).
import { createHash, createPublicKey, verify as verifySignature } from "node:crypto";
import { readFile } from "node:fs/promises";

class Wrong extends Error {}
const require = (holds, what) => { if (!holds) throw new Wrong(what); };
const sha256 = (...parts) => parts.reduce((h, part) => h.update(part), createHash("sha256")).digest();
const leafHash = (entry) => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);
const u64 = (number) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(number)); return b; };

function base64(text) {
  const data = Buffer.from(text, "base64");
  require(data.toString("base64") === text, `not canonical base64: ${text.slice(0, 20)}`);
  return data;
}

function decimal(text) {
  require(/^(0|[1-9][0-9]*)$/.test(text) && Number.isSafeInteger(Number(text)), `not a number: ${text}`);
  return Number(text);
}

// --- signed-note: verifier keys and notes

const SPKI = { // what precedes a raw public key in its DER form
  1: Buffer.from("302a300506032b6570032100", "hex"),
  4: Buffer.from("302a300506032b6570032100", "hex"),
  6: Buffer.from("30820532300b06096086480165030403110382052100", "hex"),
};

function parseKey(text) {
  const [name, id, ...rest] = text.split("+");
  const data = base64(rest.join("+"));
  const expected = sha256(name, "\n", data).subarray(0, 4).toString("hex");
  require(id === expected, `the id of the key of ${name} is not ${expected}`);
  const type = data[0];
  require(type in SPKI, `a key of unknown type ${type}`);
  const der = Buffer.concat([SPKI[type], data.subarray(1)]);
  return { text, name, id, type, key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

function parseNote(text) {
  const gap = text.lastIndexOf("\n\n");
  require(gap >= 0 && text.endsWith("\n"), "not a signed note");
  const lines = text.slice(gap + 2, -1).split("\n");
  const signatures = lines.map((line) => {
    const match = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line);
    require(match, `not a signature line: ${line.slice(0, 40)}`);
    const data = base64(match[2]);
    return { name: match[1], id: data.subarray(0, 4).toString("hex"), signature: data.subarray(4) };
  });
  return { text: text.slice(0, gap + 1), signatures };
}

function parseCheckpoint(text) {
  const [origin, size, root, end, ...rest] = text.split("\n");
  require(origin && end === "" && rest.length === 0, "not a checkpoint of three lines");
  const hash = base64(root);
  require(hash.length === 32, "a root hash has 32 bytes");
  return { origin, size: decimal(size), root: hash };
}

function short(text) {
  const data = Buffer.from(text);
  return Buffer.concat([Buffer.from([data.length]), data]);
}

function signedMessage(key, text, time) {
  if (key.type === 1) return Buffer.from(text);
  if (key.type === 4) return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
  const { origin, size, root } = parseCheckpoint(text);
  const label = Buffer.from("subtree/v1\n\0");
  return Buffer.concat([label, short(key.name), u64(time), short(origin), u64(0), u64(size), root]);
}

// The keys of `known` that signed the note; a signature of one of them that fails is an error.
function signers(note, known) {
  const found = new Map();
  for (const line of note.signatures) {
    const key = known.find((one) => one.name === line.name && one.id === line.id);
    if (!key) continue;
    const time = key.type === 1 ? null : line.signature.readBigUInt64BE(0);
    const raw = key.type === 1 ? line.signature : line.signature.subarray(8);
    require(
      verifySignature(null, signedMessage(key, note.text, time), key.key, raw),
      `the signature of ${key.name} does not verify`,
    );
    found.set(key.text, { name: key.name, type: key.type, time: time === null ? null : Number(time) });
  }
  return found;
}

// --- tlog-policy

function parsePolicy(text) {
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  for (const line of text.split("\n")) {
    const [kind, ...items] = line.split(/[ \t]+/).filter(Boolean);
    if (!kind || kind.startsWith("#")) continue;
    if (kind === "log") policy.logs.push(parseKey(items[0]));
    else if (kind === "witness") policy.witnesses.set(items[0], parseKey(items[1]));
    else if (kind === "group") {
      const [name, count, ...members] = items;
      const needed = { all: members.length, any: 1 }[count] ?? decimal(count);
      policy.groups.set(name, { needed, members });
    } else if (kind === "quorum") policy.quorum = items[0];
    else throw new Wrong(`an unknown line in the policy: ${kind}`);
  }
  require(policy.quorum !== null, "the policy has no quorum");
  return policy;
}

function witnessed(policy, name, found) {
  if (name === "none") return true;
  if (policy.witnesses.has(name)) return found.has(policy.witnesses.get(name).text);
  const group = policy.groups.get(name);
  require(group, `the policy does not define ${name}`);
  return group.members.filter((member) => witnessed(policy, member, found)).length >= group.needed;
}

function verifyCheckpoint(text, policy) {
  const note = parseNote(text);
  const checkpoint = parseCheckpoint(note.text);
  const logs = policy.logs.filter((key) => key.name === checkpoint.origin);
  const byLog = signers(note, logs);
  require(byLog.size > 0, `${checkpoint.origin} has not signed its checkpoint`);
  const byWitnesses = signers(note, [...policy.witnesses.values()]);
  require(witnessed(policy, policy.quorum, byWitnesses), "the quorum has not cosigned");
  return { ...checkpoint, signed: [...byLog.values()], witnessed: [...byWitnesses.values()] };
}

// --- tlog-tiles

function tilePath(level, index, width) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g);
  const last = groups.pop();
  const suffix = width === 256 ? "" : `.p/${width}`;
  return `tile/${level}/${[...groups.map((g) => `x${g}`), last].join("/")}${suffix}`;
}

async function get(base, path, token) {
  if (!/^https?:/.test(base)) return readFile(`${base.replace(/\/$/, "")}/${path}`);
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(`${base.replace(/\/$/, "")}/${path}`, { headers });
  require(answer.ok, `${path}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

function root(hashes) {
  if (hashes.length === 1) return hashes[0];
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(root(hashes.slice(0, split)), root(hashes.slice(split)));
}

function hashesOf(data, width, path) {
  require(data.length === 32 * width, `${path} has ${data.length} bytes`);
  return Array.from({ length: width }, (_, i) => data.subarray(32 * i, 32 * i + 32));
}

function entriesOf(data, width, path) {
  const entries = [];
  let at = 0;
  while (at < data.length) {
    require(at + 2 <= data.length, `${path} ends within a length`);
    const length = data.readUInt16BE(at);
    require(at + 2 + length <= data.length, `${path} ends within an entry`);
    entries.push(data.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  require(entries.length === width, `${path} holds ${entries.length} entries, not ${width}`);
  return entries;
}

// Every tile of every level against the one below, and the root from the right edge of each level.
async function verifyTiles(base, { size, root: expected }, token, withEntries) {
  let tiles = 0;
  const edges = []; // of each level, the hashes in its last, partial tile
  let above = null; // the roots of the full tiles of the level below
  for (let level = 0, count = size; count > 0; level += 1, count = Math.floor(count / 256)) {
    const roots = [];
    edges.push([]);
    for (let index = 0; index * 256 < count; index += 1) {
      const width = Math.min(256, count - index * 256);
      const path = tilePath(level, index, width);
      const hashes = hashesOf(await get(base, path, token), width, path);
      tiles += 1;
      const below = level > 0 ? above.slice(index * 256, index * 256 + width)
        : withEntries ? await leavesOf(base, index, width, token) : hashes;
      hashes.forEach((hash, i) => require(hash.equals(below[i]), `${path} is wrong at ${i}`));
      if (width === 256) roots.push(root(hashes));
      else edges[level] = hashes;
    }
    above = roots;
  }
  require(size === 0 ? sha256("").equals(expected) : edge(edges).equals(expected), "another root");
  return tiles;
}

async function leavesOf(base, index, width, token) {
  const path = tilePath("entries", index, width);
  return entriesOf(await get(base, path, token), width, path).map(leafHash);
}

// The tree's root: complete subtrees from the right edge of each level, joined from the right.
function edge(edges) {
  const parts = [];
  for (const hashes of edges.toReversed()) {
    let start = 0;
    while (start < hashes.length) {
      let width = 1;
      while (start + width * 2 <= hashes.length) width *= 2;
      parts.push(root(hashes.slice(start, start + width)));
      start += width;
    }
  }
  return parts.reduceRight((right, left) => nodeHash(left, right));
}

// --- tlog-proof

function verifyProof(text, entry, policy) {
  const gap = text.indexOf("\n\n");
  const [header, ...lines] = text.slice(0, gap).split("\n");
  require(header === "c2sp.org/tlog-proof@v1", "not a proof file");
  if (lines[0].startsWith("extra ")) lines.shift();
  require(lines[0].startsWith("index "), "the proof names no index");
  const index = decimal(lines.shift().slice(6));
  const checkpoint = verifyCheckpoint(text.slice(gap + 2), policy);
  require(index < checkpoint.size, "the index is beyond the tree");
  const proof = lines.map(base64);
  require(climb(leafHash(entry), index, checkpoint.size, proof).equals(checkpoint.root), "another root");
  return { ...checkpoint, index };
}

// RFC 6962, section 2.1.1, read from the root downwards: the last hash is the root's child.
function climb(leaf, index, size, proof) {
  if (size === 1) {
    require(proof.length === 0, "the proof is too long");
    return leaf;
  }
  require(proof.length > 0, "the proof is too short");
  let split = 1;
  while (split * 2 < size) split *= 2;
  const [rest, last] = [proof.slice(0, -1), proof.at(-1)];
  return index < split
    ? nodeHash(climb(leaf, index, split, rest), last)
    : nodeHash(last, climb(leaf, index - split, size - split, rest));
}

async function main([base, ...rest]) {
  const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
  const policy = parsePolicy(await readFile(option("--policy"), "utf8"));
  if (option("--proof")) {
    const text = await readFile(option("--proof"), "utf8");
    return verifyProof(text, await readFile(option("--entry")), policy);
  }
  const token = option("--token");
  const checkpoint = verifyCheckpoint((await get(base, "checkpoint", token)).toString("utf8"), policy);
  const tiles = await verifyTiles(base, checkpoint, token, !rest.includes("--no-entries"));
  return { ...checkpoint, tiles };
}

try {
  const told = await main(process.argv.slice(2));
  console.log(JSON.stringify({ ...told, root: told.root.toString("base64") }));
} catch (error) {
  console.error(error instanceof Wrong ? `wrong: ${error.message}` : error);
  process.exitCode = 1;
}
