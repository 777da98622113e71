// The connection to the server: opens, reconnects by itself, and dispatches what it receives as document events:
// live:frame, and line:heard, line:lost for the page's state, which line.js keeps.

// A frozen network says nothing and closes nothing, so a page in view asks: after four silent seconds, and five later
// the line is lost. A hidden one, whose timers are slow, only awaits the heartbeat of 25 seconds.
const ASK_AFTER = 4e3, ANSWER_WITHIN = 5e3, HEARD_WITHIN = 45e3, OPEN_WITHIN = 10e3, LATE = 1e3;
const PATIENCE = 3e3, FIRST_PAUSE = 500, LONGEST_PAUSE = 10e3, LONGEST_HIDDEN = 30e3;
const SIGNED_OUT = 4401;
const ENDED = { 4401: "Signed out", 4403: "No access", 4404: "No longer here" };
const { socket: ofPage } = (document.querySelector("main[data-socket]") ?? document.body).dataset;
const path = document.getElementById("live-mark") && ofPage;
let socket, hasSpoken, tries = 0, hasEnded, watch, patience, pause;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function connect() {
  clearTimeout(pause);
  if (socket || hasEnded || !navigator.onLine) return;
  const line = socket = new WebSocket(location.origin.replace("http", "ws") + path);
  hasSpoken = false;
  line.onopen = () => { if (socket === line) expectWithin(HEARD_WITHIN, silent); };
  line.onmessage = ({ data }) => { if (socket === line) heard(JSON.parse(data)); };
  line.onclose = ({ code }) => {
    if (socket !== line) return;
    lost(code);
    if (code === SIGNED_OUT) tell("login:doubt");
  };
  expectWithin(OPEN_WITHIN, silent);
  worry();
}

function expectWithin(time, act) {
  const due = Date.now() + time;
  clearTimeout(watch);
  watch = setTimeout(() => act(Date.now() - due > LATE), time);
}

function worry() {
  patience ??= setTimeout(tell, PATIENCE, "line:lost", {});
}

// A connection is good once it has sent something; one that opens and closes at once keeps backing off.
function heard(frame) {
  const isNew = !hasSpoken;
  tries = 0;
  hasSpoken = true;
  clearTimeout(patience);
  patience = null;
  expectWithin(ASK_AFTER, ask);
  tell("line:heard", { isNew });
  if (frame.event !== "pong") tell("live:frame", frame);
}

function ask() {
  if (!hasSpoken || socket?.readyState !== WebSocket.OPEN) return;
  if (document.hidden) return expectWithin(HEARD_WITHIN, silent);
  socket.send("ping");
  expectWithin(ANSWER_WITHIN, silent);
}

// A timer that is late was asleep, with the tab or the computer, and the answer may be here and not yet read.
function silent(isLate) {
  if (hasSpoken && isLate) return ask();
  tell("line:lost", {});
  lost();
}

function lost(code) {
  const line = socket;
  socket = null;
  line?.close();
  clearTimeout(watch);
  clearTimeout(pause);
  hasEnded ||= code in ENDED;
  if (hasEnded) return tell("line:lost", { words: ENDED[code], code });
  worry();
  connectSoon();
}

function connectSoon() {
  const longest = document.hidden ? LONGEST_HIDDEN : LONGEST_PAUSE;
  pause = setTimeout(connect, Math.random() * Math.min(longest, FIRST_PAUSE * 2 ** tries++));
}

function wake() {
  if (document.hidden) return;
  retry();
  ask();
  tell("live:check", {});
}

function retry() {
  tries = 0;
  connect();
}

if (path) {
  connect();
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", wake);
  addEventListener("offline", () => { if (!hasEnded) lost(); });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) wake(); });
  document.addEventListener("login:ended", () => { if (!hasEnded) lost(SIGNED_OUT); });
  document.addEventListener("login:back", () => {
    if (!hasEnded) return;
    hasEnded = false;
    connectSoon();
  });
  // Whatever else gets through says that the network is back.
  document.addEventListener("htmx:afterOnLoad", () => { if (!socket && tries) retry(); });
}
