/* The kiosk goes back to its beginning when nobody touches it, so that no name stays on the tablet. */
(() => {
  "use strict";
  const kiosk = document.querySelector("[data-kiosk]");
  if (!kiosk) return;
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => location.replace(kiosk.dataset.kiosk), 10000);
  };
  ["pointerdown", "keydown"].forEach((touch) => document.addEventListener(touch, wait));
  wait();
})();
