// The line to the server: opens, listens, comes back by itself, and says what it hears as events on the document:
// live:frame, and live:check whenever something may have been missed ("anything newer?"; full: whatever it says).

const HEARD_WITHIN = 45e3, PATIENCE = 3e3, FIRST_PAUSE = 500, LONGEST_PAUSE = 30e3, POLL = 60e3, POLLS_TO_FULL = 10;
const ENDED = { 4401: "Signed out", 4403: "No access", 4404: "No access" };
const mark = document.getElementById("live-mark");
const path = document.querySelector("main[data-socket]")?.dataset.socket;
let socket = null, tries = 0, polls = 0, hasEnded = false, silence, patience, pause;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));
const check = (full) => tell("live:check", { full });
const isDown = () => mark.dataset.state === "down";

function say(state, words) {
  mark.dataset.state = state;
  mark.querySelector("[data-live-words]").textContent = words;
}

function connect() {
  clearTimeout(pause);
  if (socket || hasEnded) return;
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const line = socket = new WebSocket(url);
  line.onopen = opened;
  line.onmessage = ({ data }) => heard(data);
  line.onclose = ({ code }) => { if (socket === line) lost(code); };
  listen();
}

// Silence, also of a line that never opens, counts as down: a frozen network reports nothing.
function listen() {
  clearTimeout(silence);
  silence = setTimeout(lost, HEARD_WITHIN);
  patience ??= setTimeout(() => say("down", "Not live, trying again"), PATIENCE);
}

function opened() {
  const wasDown = isDown();
  clearTimeout(patience);
  patience = null;
  say("live", "Live");
  check(wasDown);
}

function heard(data) {
  listen();
  clearTimeout(patience);
  patience = null;
  // Only a line that says something has proved good; one that opens and closes at once keeps backing off.
  tries = 0;
  let frame;
  try {
    frame = JSON.parse(data);
  } catch {
    return;
  }
  if (frame?.event) tell("live:frame", frame);
}

function lost(code) {
  const line = socket;
  socket = null;
  line?.close();
  clearTimeout(silence);
  if (ENDED[code]) {
    hasEnded = true;
    clearTimeout(patience);
    say("down", ENDED[code]);
  } else {
    patience ??= setTimeout(() => say("down", "Not live, trying again"), PATIENCE);
    pause = setTimeout(connect, Math.random() * Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries++));
  }
}

function wake() {
  if (document.hidden) return;
  tries = 0;
  connect();
  check(false);
}

function poll() {
  polls += 1;
  if (hasEnded || !navigator.onLine) return;
  // Words such as "2 days ago" grow old even when nothing happens.
  if (!socket || isDown()) check(true);
  else if (polls % POLLS_TO_FULL === 0) check(true);
}

if (path && mark) {
  connect();
  setInterval(poll, POLL);
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("offline", () => { if (!hasEnded) lost(); });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) wake(); });
}
