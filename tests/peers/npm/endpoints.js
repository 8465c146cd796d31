// endpoints.js PACKAGE: what each function of the client's security, cluster and info APIs would send, as
// JSON lines {"api", "method", "path"}; a part of the path that a caller gives is "*".
//
// The functions are called with a transport that only notes the request; nothing else of the client, and
// none of its dependencies, is loaded.
'use strict'
const fs = require('fs')
const path = require('path')
const Module = require('module')

const root = path.resolve(process.argv[2])
const dir = ['lib/api/api', 'api/api'].map((d) => path.join(root, d)).find((d) => fs.existsSync(d))
const load = Module._load
Module._load = function (name, ...rest) {
  try {
    return load.call(this, name, ...rest)
  } catch (e) {
    if (e.code !== 'MODULE_NOT_FOUND') throw e
    return {}
  }
}

// Every parameter that the function asks for. 7.x wants a body where one belongs, and does not look into it.
const parameters = new Proxy({}, {
  get: (_, name) => name === 'body' ? {} : ['method', 'querystring'].includes(name) ? undefined : '*'
})

async function show (api, call) {
  for (const given of [true, false]) {
    let sent
    const transport = { request: async (request) => { sent = request; return {} } }
    try {
      await call(transport, given ? parameters : { body: {} })
    } catch (e) {
      continue // a parameter is needed
    }
    if (sent) console.log(JSON.stringify({ api, method: sent.method, path: sent.path }))
  }
}

async function main () {
  for (const name of ['security', 'cluster']) {
    const exported = require(path.join(dir, name + '.js'))
    const Api = exported.default || exported
    for (const method of Object.getOwnPropertyNames(Api.prototype)) {
      if (method === 'constructor' || method.includes('_')) continue // 7.x has each a second time, in snake case
      const call = Object.getOwnPropertyDescriptor(Api.prototype, method).value
      await show(name + '.' + method, (transport, params) => call.call(new Api(transport, Error), params, {}))
    }
  }
  const exported = require(path.join(dir, 'info.js'))
  await show('info', (transport, params) => (exported.default || exported).call({ transport }, params, {}))
}

main()
