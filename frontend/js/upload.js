// Uploads the files of a form one after the other and shows how far each is. Without it the same form is
// sent by the browser in one piece.

function megabytes (bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}

/** Makes the row that shows one file's progress and puts it into `list`. */
function row (list, file) {
  const item = document.createElement('li')
  item.className = 'entente-upload__file'
  const name = document.createElement('span')
  name.className = 'entente-upload__name'
  name.textContent = file.name
  const state = document.createElement('span')
  state.className = 'entente-upload__state'
  state.textContent = `Waiting, ${megabytes(file.size)}`
  const bar = document.createElement('progress')
  bar.className = 'entente-progress__bar'
  bar.max = Math.max(file.size, 1)
  bar.value = 0
  bar.setAttribute('aria-label', `Upload of ${file.name}`)
  item.append(name, state, bar)
  list.append(item)
  return { item, state, bar }
}

/** Says why an answer was a refusal: the page's error summary, else its heading, else its status. */
function reason (request) {
  const page = new DOMParser().parseFromString(request.responseText, 'text/html')
  const text = page.querySelector('.govuk-error-summary__body, #main-content h1')?.textContent.trim()
  return text || `The portal answered ${request.status}. Try again.`
}

function sendOne (form, field, file, shown) {
  return new Promise((resolve) => {
    const body = new FormData(form) // the file goes last, so that the server knows the other fields when it comes
    body.delete(field.name)
    body.append(field.name, file)
    const request = new XMLHttpRequest()
    request.open('POST', form.getAttribute('action'))
    request.upload.onprogress = (event) => {
      shown.bar.max = event.total
      shown.bar.value = event.loaded
      shown.state.textContent = event.loaded < event.total
        ? `${megabytes(event.loaded)} of ${megabytes(event.total)}`
        : 'Encrypting'
    }
    request.onload = () => resolve(request.status < 400
      ? { to: request.getResponseHeader('Location') || request.responseURL }
      : { why: reason(request) })
    request.onerror = () => resolve({ why: 'The connection broke. Nothing was kept; choose the file again.' })
    request.send(body)
  })
}

async function upload (form, field, announce) {
  const list = form.querySelector('.entente-upload__files')
  const button = form.querySelector('button')
  list.replaceChildren()
  button.disabled = true
  const rows = [...field.files].map((file) => ({ file, shown: row(list, file) }))
  let failed = 0
  let to = null
  for (const { file, shown } of rows) {
    const end = await sendOne(form, field, file, shown)
    to = end.to || to
    failed += end.why ? 1 : 0
    shown.item.classList.add(end.why ? 'entente-upload__file--failed' : 'entente-upload__file--done')
    shown.state.textContent = end.why || 'Uploaded'
    announce.textContent = `${file.name}: ${shown.state.textContent}`
  }
  button.disabled = false
  if (failed > 0 || !to) return
  if (form.dataset.refresh) await refresh(form, to)
  else window.location.assign(to)
}

/** Shows anew only the part of the page that lists the files: what is typed elsewhere on it stays. */
async function refresh (form, to) {
  const target = form.dataset.refresh
  await window.htmx.ajax('GET', to, { target, select: target, swap: 'outerHTML ignoreTitle:true' })
  form.querySelector('input[type="file"]').value = ''
}

/** Takes files that are dropped anywhere on the form. */
function takeDropped (form, field) {
  const carriesFiles = (event) => event.dataTransfer?.types.includes('Files')
  const over = (on) => form.classList.toggle('entente-upload--over', on)
  form.addEventListener('dragover', (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    over(true)
  })
  form.addEventListener('dragleave', () => over(false))
  form.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    over(false)
    field.files = event.dataTransfer.files
    field.dispatchEvent(new Event('change', { bubbles: true }))
  })
}

export function startUploads (scope) {
  for (const form of scope.querySelectorAll('form[data-upload]')) {
    const field = form.querySelector('input[type="file"]')
    const announce = form.querySelector('.entente-upload__announce')
    takeDropped(form, field)
    field.multiple = true // one by one; without scripts the form takes one file
    form.addEventListener('submit', (event) => {
      if (field.files.length === 0) return
      event.preventDefault()
      upload(form, field, announce)
    })
  }
}
