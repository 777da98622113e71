// The connection to the server: opens, reconnects by itself, and dispatches what it receives as document events:
// live:frame, and live:check whenever something may have been missed ("anything newer?"; full: whatever it says).

const HEARD_WITHIN = 45e3, PATIENCE = 3e3, FIRST_PAUSE = 500, LONGEST_PAUSE = 30e3, POLL = 60e3, POLLS_TO_FULL = 10;
const ENDED = { 4401: "Signed out", 4403: "No access", 4404: "No longer here" };
const mark = document.getElementById("live-mark");
const path = document.querySelector("main[data-socket]")?.dataset.socket;
let socket, tries = 0, polls = 0, hasEnded, silence, patience, pause;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const isDown = () => mark.dataset.state === "down";

function show(state, words) {
  clearTimeout(patience);
  patience = null;
  mark.dataset.state = state;
  mark.querySelector("[data-live-words]").textContent = words;
}

function connect() {
  clearTimeout(pause);
  if (socket || hasEnded || !navigator.onLine) return;
  const line = socket = new WebSocket(location.origin.replace("http", "ws") + path);
  line.onmessage = ({ data }) => heard(data);
  line.onclose = ({ code }) => { if (socket === line) lost(code); };
  listen();
}

// Silence, also of a line that never opens, counts as down: a frozen network reports nothing.
function listen() {
  clearTimeout(silence);
  silence = setTimeout(lost, HEARD_WITHIN);
  if (mark.dataset.state !== "live") worry();
}

function worry() {
  patience ??= setTimeout(show, PATIENCE, "down", "Not live, trying again");
}

// A connection is good once it has sent something; one that opens and closes at once keeps backing off.
function heard(data) {
  const wasDown = isDown();
  tries = 0;
  show("live", "Live");
  listen();
  if (wasDown) tell("live:check", { full: true });
  tell("live:frame", JSON.parse(data));
}

function lost(code) {
  const line = socket;
  socket = null;
  line?.close();
  clearTimeout(silence);
  clearTimeout(pause);
  hasEnded ||= code in ENDED;
  if (hasEnded) return show("down", ENDED[code] ?? "Signed out");
  worry();
  pause = setTimeout(connect, Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries++));
}

function wake() {
  if (document.hidden) return;
  tries = 0;
  connect();
  tell("live:check", {});
}

function poll() {
  polls += 1;
  // Words such as "2 days ago" grow old even when nothing happens.
  if (!hasEnded && (isDown() || polls % POLLS_TO_FULL === 0)) tell("live:check", { full: true });
}

if (path && mark) {
  connect();
  setInterval(poll, POLL);
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("offline", () => { if (!hasEnded) lost(); });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) wake(); });
}
