/**
 * For tests, of this package and of what is built with it: a machine that does as it is told.
 */
export {
  ScriptedMachine,
  type ScriptedLoad,
  type ScriptedMachineOptions,
  type ScriptedOrder,
  type ScriptedProcess,
} from './scripted-machine.ts'
