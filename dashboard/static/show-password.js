/**
 * A button beside each password that shows it: without this module the button stays away.
 */

for (const button of document.querySelectorAll('.show-password')) {
  const input = document.getElementById(button.getAttribute('aria-controls'));
  button.hidden = false;
  button.addEventListener('click', () => {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    button.textContent = shown ? 'Hide' : 'Show';
  });
  // A password that is sent is never kept as text by the browser.
  input.form.addEventListener('submit', () => { input.type = 'password'; });
}
