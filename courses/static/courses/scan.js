/* After a scan: the form sends itself, with the phone's position where its owner has agreed to that. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const button = form.querySelector("button");
  form.querySelector("[data-scan-wait]").hidden = false;
  button.hidden = true;
  let sent = false;
  const send = () => { if (!sent) { sent = true; form.requestSubmit(); } };
  // Whatever happens to the position, the button comes back.
  setTimeout(() => { button.hidden = false; }, 6000);
  if (!("locate" in form.dataset) || !navigator.geolocation) { send(); return; }
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      ["latitude", "longitude", "accuracy"].forEach((name) => { form.elements[name].value = coords[name]; });
      send();
    },
    send,
    { enableHighAccuracy: true, timeout: 4000, maximumAge: 30000 },
  );
})();
