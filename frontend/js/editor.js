// Tells, beside the draft being edited, whether it is saved, and warns before unsaved text is left.

const WORDS = {
  dirty: 'Not saved yet',
  saving: 'Saving',
  saved: 'Saved',
  failed: 'Could not save. What you typed is still here; try Save again.'
}

export function startEditor (scope) {
  const forms = [...scope.querySelectorAll('form[data-autosave]')]
  if (scope.matches?.('form[data-autosave]')) forms.push(scope)
  for (const form of forms) {
    const status = form.querySelector('[data-save-status]')
    const say = (state) => {
      form.dataset.state = state
      if (status) status.textContent = WORDS[state]
    }
    form.addEventListener('input', () => say('dirty'))
    form.addEventListener('submit', () => { form.dataset.state = 'saving' })
    form.addEventListener('htmx:beforeRequest', (event) => { if (event.target === form) say('saving') })
    form.addEventListener('htmx:afterRequest', (event) => {
      if (event.target === form) say(event.detail.successful ? 'saved' : 'failed')
    })
  }
}

window.addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-autosave][data-state="dirty"]')) event.preventDefault()
})
