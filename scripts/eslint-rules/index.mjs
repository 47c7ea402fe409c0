import noModuleState from './no-module-state.mjs'
import noObsoleteRfc from './no-obsolete-rfc.mjs'
import noReExport from './no-re-export.mjs'
import seqRelational from './seq-relational.mjs'

export default {
  meta: { name: 'sockeye' },
  rules: {
    'no-module-state': noModuleState,
    'no-obsolete-rfc': noObsoleteRfc,
    'no-re-export': noReExport,
    'seq-relational': seqRelational,
  },
}
