// What is only shown is said once to screen readers, politely: who comes, writes and goes; and in a dialog, which makes
// everything else inert, whether the page is live. The region stays; only its words change.

const SETTLED = 150, PAUSE = 1e3, GONE = 5e3;
const main = document.querySelector("main[data-page=lead]");
const region = document.createElement("div");
let texts = [], timer, colleagues, looking;

region.role = "status";
region.className = "unseen";
document.body.append(region);

const modal = () => [...document.querySelectorAll("dialog")].filter((dialog) => dialog.matches(":modal")).at(-1);

// A region that has just come to its place is not heard yet.
function speak(text) {
  const holder = modal() ?? document.body;
  if (region.parentElement !== holder || !region.isConnected) holder.append(region);
  texts.push(text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    region.textContent = texts.join(". ");
    texts = [];
    timer = setTimeout(() => { region.textContent = ""; }, GONE);
  }, SETTLED);
}

// "Bob" and "is writing an email", by name.
function present() {
  const items = [...document.querySelectorAll("#presence li[data-name]")];
  return new Map(items.map(({ dataset }) => [dataset.name, dataset.words]));
}

// A page that is read anew comes and goes within a moment, and so do the words for it.
function look() {
  looking = null;
  const before = colleagues;
  colleagues = present();
  // In front of an open dialog the verdict speaks.
  if (modal()) return;
  for (const [name, words] of colleagues) if (before.get(name) !== words) speak(sentence(name, words, before.get(name)));
  for (const name of before.keys()) if (!colleagues.has(name)) speak(`${name} has left`);
}

const isWriting = (words) => words && words !== "is viewing";

function sentence(name, words, before) {
  return isWriting(before) && !isWriting(words) ? `${name} is no longer writing` : `${name} ${words}`;
}

if (main) {
  colleagues = present();
  new MutationObserver(() => { looking ??= setTimeout(look, PAUSE); }).observe(main, { childList: true, subtree: true });
}
document.addEventListener("live:down", () => { if (modal()) speak("Not live, trying again"); });
document.addEventListener("live:up", () => { if (modal()) speak("Live"); });
