// A lead's page follows what happens: it re-reads its regions with the reader's own rights, flashes what is new and
// says it once.

const MOMENT = 20, JITTER = 40, FLASH = 2400, LONG_AGO = 300e3, MOST_BLOCKS = 12;
const IDS = /[0-9a-f]{8}-[0-9a-f-]{27}/g;
const page = document.querySelector("main[data-page=lead]");
const mark = document.getElementById("live-mark");
// The methods' words come with the page. One that it does not know yet is told of in general.
const WORDS = JSON.parse(document.getElementById("method-words")?.textContent ?? "{}");
const ANY = { did: "contacted", just_did: "made contact" };
const sending = new Set();
let waiting = [], timer;

const version = () => Number(document.getElementById("lead-version").dataset.version);
const entry = (id) => document.getElementById(`attempt-${id}`);

const blocks = () => [...document.getElementById("entries")?.children ?? []].filter((part) => part.matches(".block"));
const isOld = ({ dataset }) => dataset.version < version();

// The timeline is read again in blocks, filtered as it is.
function asking(some) {
  const { method, direction } = document.getElementById("timeline").dataset;
  // Entries may be on another record of the same person, and the answer is for this page.
  const asks = new URLSearchParams({ method, direction, lead: page.dataset.lead });
  for (const { dataset: { before, until } } of some.slice(0, MOST_BLOCKS)) asks.append("block", `${before}~${until}`);
  return asks;
}

// What an event may have changed: the first block, what is near, and the blocks of these entries.
function concerned(ids) {
  return blocks().filter((block, at) => !at || block.matches(".is-near") || ids.some((id) => block.contains(entry(id))));
}

// What is out of date otherwise is read again once it is near; what has not been read at all, in the end.
function due() {
  const near = blocks().filter((block) => block.matches(".is-near") && isOld(block));
  return near.length ? near : blocks().filter((block) => block.dataset.version === "0");
}

function soon(news) {
  waiting.push(...news);
  if (!timer && !sending.size) timer = setTimeout(reread, MOMENT + Math.random() * JITTER);
}

async function reread() {
  // The reader has acted since this was planned: the answer to that brings the regions, and what it lacks is read then.
  if (sending.size) return timer = null;
  const news = waiting.filter((frame) => !(frame.version <= version()));
  const some = news.length ? concerned(news.map((frame) => frame.attempt_id).filter(Boolean)) : due();
  waiting = [];
  try {
    if (news.length) await readRegions(news, asking(some));
    else if (some.length) await read(`${document.getElementById("timeline").dataset.timelineUrl}?${asking(some)}`);
    tell(news.filter((frame) => frame.user_id && frame.user_id !== document.body.dataset.user));
    timer = null;
    if (waiting.length || some.some((block) => !block.isConnected) && due().length) soon([]);
  } catch {
    timer = null;
    // Cut short by an act of the reader it is made up for afterwards; failed, by the next check.
    if (sending.size) waiting.unshift(...news);
    if (waiting.length) soon([]);
  }
}

function readRegions(news, asks) {
  if (!news.some((frame) => frame.full)) asks.set("version", version());
  return read(`${page.dataset.liveUrl}?${asks}`);
}

const read = (url) => htmx.ajax("get", url, { source: mark, target: mark, swap: "none" });

function tell(news) {
  for (const { attempt_id: id } of news) {
    entry(id)?.classList.add("is-fresh");
    setTimeout(() => entry(id)?.classList.remove("is-fresh"), FLASH);
  }
  // In front of an open dialog the verdict speaks.
  if (!news.length || document.querySelector("#dialog-slot dialog")) return;
  say(sentence(news.at(-1)) + (news.length > 1 ? `, and ${news.length - 1} more` : ""));
}

function sentence({ event, user_name: name, method, direction, occurred_at: at, responded }) {
  if (event === "lead:responded") return `${name} just ${responded ? "recorded" : "took back"} a reply of this lead`;
  const { did, just_did: theyDid } = WORDS[method] ?? ANY;
  if (direction === "inbound") return `${name} just recorded that this lead ${theyDid}`;
  if (Date.now() - Date.parse(at) > LONG_AGO) return `${name} just logged an earlier contact with this lead`;
  return `${name} just ${did} this lead`;
}

if (page && mark) {
  document.addEventListener("live:frame", ({ detail }) => { if (detail.version > version()) soon([detail]); });
  document.addEventListener("live:check", ({ detail }) => soon([detail]));
  // An act answers with the regions as the reader has them, and nothing is re-read across it.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "post") detail.path += `?${asking(concerned(detail.path.match(IDS) ?? []))}`;
  });
  document.addEventListener("block:near", ({ target }) => { if (isOld(target)) soon([]); });
  document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr, target } }) => {
    if (elt === mark || target.id === "verdict") return;
    sending.add(xhr);
    htmx.trigger(mark, "htmx:abort");
    xhr.addEventListener("loadend", () => { sending.delete(xhr); soon([]); });
  });
}
