// A lead's page follows what happens: it re-reads its regions with the reader's own rights, flashes what is new,
// says it once, and lets an open dialog ask the guard again.

const MOMENT = 20, JITTER = 40, FLASH = 2400, LONG_AGO = 5 * 60e3, PAGE_SIZE = 20;
const DID = { email: "emailed", linkedin: "wrote on LinkedIn to", call: "called", sms: "texted", other: "contacted" };
const THEY = { email: "wrote", linkedin: "wrote on LinkedIn", call: "called", sms: "texted", other: "made contact" };
const page = document.querySelector("main[data-page=lead]");
const mark = document.getElementById("live-mark");
const sending = new Set();
let waiting = [], timer, isReading = false;

const version = () => Number(document.getElementById("lead-version").dataset.version);
const entry = (id) => document.getElementById(`attempt-${id}`);

// The timeline as the reader has it: filtered, and as long as it was unfolded.
function shown() {
  const { method, direction } = document.getElementById("timeline").dataset;
  const count = document.querySelectorAll("#timeline li[id]").length;
  return new URLSearchParams({ method, direction, show: Math.max(count, PAGE_SIZE) }).toString();
}

// Another record of the same person has versions of its own, so it says nothing about this one's.
function isNews(frame) {
  if (frame.full || !frame.version || (frame.lead_id && frame.lead_id !== page.dataset.lead)) return true;
  return frame.version > version() || Boolean(frame.attempt_id && !entry(frame.attempt_id) && frame.event === "lead:contacted");
}

function soon() {
  if (waiting.length && !timer && !isReading && !sending.size) timer = setTimeout(reread, MOMENT + Math.random() * JITTER);
}

async function reread() {
  timer = null;
  const news = waiting.filter(isNews);
  waiting = [];
  if (!news.length) return;
  isReading = true;
  const before = version();
  const since = news.every((frame) => frame.version || frame.since) ? `version=${before}&` : "";
  const url = `${page.dataset.liveUrl}?${since}${shown()}`;
  try {
    await htmx.ajax("get", url, { source: mark, target: mark, swap: "none" });
    tell(news.filter((frame) => frame.event && frame.user_id !== document.body.dataset.user), before);
  } catch {
    // Cut short by an act of the reader, it is made up for; failed, the next check will.
    if (sending.size) waiting.push(...news);
  }
  isReading = false;
  soon();
}

function tell(news, before) {
  const arrived = news.filter((frame) => frame.event === "lead:contacted");
  for (const { attempt_id } of arrived) flash(entry(attempt_id));
  const dialog = document.querySelector("#dialog-slot dialog[open]");
  if (dialog && version() !== before) htmx.trigger(document.body, "live:changed");
  const said = news.map(words).filter(Boolean);
  // In front of an open dialog the verdict speaks.
  if (dialog || !said.length) return;
  const text = said.at(-1) + (said.length > 1 ? `, and ${said.length - 1} more` : "");
  document.dispatchEvent(new CustomEvent("toast:show", { detail: { text } }));
}

function flash(element) {
  element?.classList.add("is-fresh");
  setTimeout(() => element?.classList.remove("is-fresh"), FLASH);
}

function words({ event, user_name, method, direction, occurred_at }) {
  if (event === "lead:responded") return `${user_name} just recorded a reply of this lead`;
  if (event !== "lead:contacted") return "";
  if (direction === "inbound") return `${user_name} just recorded that this lead ${THEY[method]}`;
  if (Date.now() - Date.parse(occurred_at) > LONG_AGO) return `${user_name} just logged an earlier contact with this lead`;
  return `${user_name} just ${DID[method]} this lead`;
}

if (page && mark) {
  document.addEventListener("live:frame", ({ detail }) => { waiting.push(detail); soon(); });
  document.addEventListener("live:check", ({ detail }) => { waiting.push({ full: detail.full, since: !detail.full }); soon(); });
  // An act answers with the regions as the reader has them, and nothing is re-read across it.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb === "post") detail.path += (detail.path.includes("?") ? "&" : "?") + shown();
  });
  document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr, target } }) => {
    if (elt === mark || target.id === "verdict") return;
    sending.add(xhr);
    htmx.trigger(mark, "htmx:abort");
    xhr.addEventListener("loadend", () => { sending.delete(xhr); soon(); });
  });
}
