/* Asks the browser for a passkey and sends its answer with the form: data-passkey="create" or "get". */
(() => {
  "use strict";
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  const start = form.querySelector("[data-passkey-start]");
  const trouble = form.querySelector("[data-passkey-trouble]");
  const answer = form.querySelector("input[name=credential]");
  const options = JSON.parse(document.getElementById("passkey-options").textContent).publicKey;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const make = async () => {
    const made = await navigator.credentials.create({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    } });
    return { made, response: { attestationObject: text(made.response.attestationObject) } };
  };
  const use = async () => {
    const made = await navigator.credentials.get({ publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    } });
    const { authenticatorData, signature, userHandle } = made.response;
    const response = { authenticatorData: text(authenticatorData), signature: text(signature) };
    return { made, response: userHandle ? { ...response, userHandle: text(userHandle) } : response };
  };

  start.addEventListener("click", async () => {
    if (!form.reportValidity()) return;
    trouble.hidden = true;
    try {
      const { made, response } = await (form.dataset.passkey === "create" ? make() : use());
      answer.value = JSON.stringify({
        id: made.id,
        rawId: text(made.rawId),
        type: made.type,
        clientExtensionResults: made.getClientExtensionResults(),
        response: { clientDataJSON: text(made.response.clientDataJSON), ...response },
      });
    } catch {
      trouble.hidden = false;
      return;
    }
    form.submit();
  });
  // Enter in the name field does the same as the button.
  form.addEventListener("submit", (event) => { event.preventDefault(); start.click(); });
})();
