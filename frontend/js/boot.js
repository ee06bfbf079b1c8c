// Says on <body>, before anything is drawn, that scripts run; the styles and GOV.UK Frontend look for it.
document.body.classList.add('js-enabled')
if ('noModule' in HTMLScriptElement.prototype) document.body.classList.add('govuk-frontend-supported')
