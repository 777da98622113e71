// Times in words go on counting while a page is open. crm/times.py says the same words on the server.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const LONGEST_IN_DAYS = 13, LONGEST_IN_WEEKS = 8, OFTEN = 30e3;

// Days are the company's, wherever the reader sits. A clock that is far off is set right by the server's.
const timeZone = document.body.dataset.zone || undefined;
const skew = (Date.parse(document.body.dataset.now) || Date.now()) - Date.now();
const now = () => Date.now() + (Math.abs(skew) > OFTEN ? skew : 0);

const calendar = new Intl.DateTimeFormat("en-US", { timeZone, year: "numeric", month: "short", day: "numeric" });
const numbers = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
const dayNumber = (moment) => Date.parse(numbers.format(moment)) / (DAY * 1000);

function dateWords(moment, today) {
  const part = (at, type) => calendar.formatToParts(at).find((found) => found.type === type).value;
  const words = `${part(moment, "day")} ${part(moment, "month")}`;
  return part(moment, "year") === part(today, "year") ? words : `${words} ${part(moment, "year")}`;
}

function ago(moment, today) {
  const seconds = (today - moment) / 1000;
  if (seconds < MINUTE) return "just now";
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  const days = Math.round(dayNumber(today) - dayNumber(moment));
  if (days <= 1) return "yesterday";
  if (days <= LONGEST_IN_DAYS) return `${days} days ago`;
  const weeks = Math.floor(days / 7);
  return weeks <= LONGEST_IN_WEEKS ? `${weeks} weeks ago` : dateWords(moment, today);
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const moment = Date.parse(time.dateTime);
    const words = Number.isNaN(moment) ? time.textContent : ago(moment, now());
    // Writing the same words again would wake up screen readers and selections.
    if (words !== time.textContent) time.textContent = words;
  }
}

refresh();
setInterval(refresh, OFTEN);
document.addEventListener("htmx:afterSwap", refresh);
document.addEventListener("visibilitychange", refresh);
addEventListener("pageshow", refresh);
