import { scenariosToRunAgain, type ScenarioResult } from './again.js';

const NAMES = ['010-a', '020-b', '030-c'];
const passed = (file: string): ScenarioResult => ({ file, name: 'x', ok: true });
const wrong = (file: string): ScenarioResult => ({ file, name: 'x', ok: false, error: '3 packets lost' });
const late = (file: string): ScenarioResult => ({ file, name: 'x', ok: false, late: true });
const machine: ScenarioResult = { file: '', name: 'the virtual machine', ok: false };

test('nothing runs again when all passed', () => {
  expect(scenariosToRunAgain(NAMES.map(passed), NAMES)).toEqual([]);
});

test('what was late runs again; what was found wrong does not', () => {
  expect(scenariosToRunAgain([late('010-a'), wrong('020-b'), passed('030-c')], NAMES)).toEqual(['010-a']);
});

test('a scenario that was late and found something wrong does not run again', () => {
  expect(scenariosToRunAgain([late('010-a'), wrong('010-a')], NAMES)).toEqual([]);
  expect(scenariosToRunAgain([wrong('010-a'), late('010-a')], NAMES)).toEqual([]);
});

test('when the machine fails, what it had not finished runs again, and no more', () => {
  expect(scenariosToRunAgain([machine], NAMES)).toEqual(NAMES);
  expect(scenariosToRunAgain([passed('010-a'), passed('020-b'), machine], NAMES)).toEqual(['020-b', '030-c']);
  expect(scenariosToRunAgain([late('010-a'), passed('020-b'), machine], NAMES)).toEqual(NAMES);
});

test('a failed machine takes nothing back that was found wrong', () => {
  expect(scenariosToRunAgain([wrong('010-a'), wrong('020-b'), machine], NAMES)).toEqual(['030-c']);
});
