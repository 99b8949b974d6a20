/* The screen of a session: takes each code from the server as it comes, and hides one that has grown old. */
(() => {
  "use strict";
  const screen = document.querySelector("[data-screen]");
  if (!screen) return;
  const part = (name) => screen.querySelector(`[data-screen-${name}]`);
  const picture = part("picture");
  let heard = Date.now();

  const say = (state) => {
    screen.querySelectorAll("[data-screen-none]").forEach((words) => { words.hidden = words.dataset.screenNone !== state; });
    picture.hidden = state !== "";
  };
  const show = (frame) => {
    heard = Date.now();
    if (frame.picture) picture.src = frame.picture;
    ["clock", "came", "gone", "expected"].forEach((name) => { part(name).textContent = frame[name]; });
    say(frame.state);
  };
  // A code lives for twenty seconds at most; after that its picture only misleads.
  setInterval(() => { if (Date.now() - heard > 20000) say("lost"); }, 1000);

  // Where the server has no thread for a stream, it is asked once per half step.
  const ask = async () => {
    let wait = 5000;
    try {
      const answer = await fetch(screen.dataset.screen, { headers: { Accept: "application/json" }, cache: "no-store" });
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) {
        const frame = await answer.json();
        show(frame);
        wait = frame.next;
      }
    } catch { /* said by the picture's absence, and asked again */ }
    setTimeout(ask, wait);
  };
  const stream = new EventSource(screen.dataset.screen);
  stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) ask(); });

  const full = part("full");
  if (full && document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  }
  // The projector's computer must not fall asleep; where it can't be asked, it is no fault.
  const wake = () => { if (document.visibilityState === "visible") navigator.wakeLock?.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", wake);
  wake();
})();
