import type { Reading } from './reading.ts';

/** The vocabulary of issue templates. A text made of little else is a form that nobody filled in. */
const TEMPLATE_WORDS: ReadonlySet<string> = new Set(
  (
    'acceptance criteria criterion expected actual expectation steps step reproduce reproduction repro example examples test tests ' +
    'testing pass passes passing fail fails failing command commands file files coverage regression regressions assert asserts ' +
    'tobe must should given when then done result results return returns throws throw null true false ok number numbers exit ' +
    'definition todo fix bug feature input output value status code yes see none description summary priority spec rows regress green severity environment impact'
  ).split(' '),
);

/** Words that carry grammar instead of content. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  'the a an is are be to of in on at for with and or it its this that not by as so if from was were has have do does'.split(
    ' ',
  ),
);

/** Names of tools and units: neither content nor grammar. */
const TOOL_WORDS: ReadonlySet<string> = new Set(
  'run no npm pnpm yarn bun ms s sec kb mb px'.split(' '),
);

/** The vocabulary of issue templates, see `TEMPLATE_WORDS`. */
const ZH_TEMPLATE =
  /验收标准|验收|标准|正确|正常|符合|边界|异常|已考虑|耗时|即可|优先级|环境|影响|背景|目标|范围|断言|相等|通过率|边界值|超时|必须|不允许|不得|绿|期望|预期|实际|结果|测试|通过|复现|步骤|返回|示例|例子|用例|覆盖率|覆盖|报错|成功|失败|完成|需求|描述|输入|输出|文件|命令|回归|修复|状态码/g;

/** True for a form that nobody filled in: issue-template words, paths and numbers, and hardly anything else. */
export function isEmptyForm(reading: Reading): boolean {
  let template = 0;
  let content = 0;
  let grammar = 0;
  for (const sentence of reading.sentences) {
    for (const w of sentence.masked.match(/[a-z][a-z'-]*/g) ?? []) {
      if (TEMPLATE_WORDS.has(w)) template++;
      else if (FUNCTION_WORDS.has(w)) grammar++;
      else if (!TOOL_WORDS.has(w)) content++;
    }
    const cjk = (sentence.masked.match(/[\u3400-\u9FFF]/g) ?? []).length;
    const formal = (sentence.masked.match(ZH_TEMPLATE) ?? []).join('').length;
    template += formal / 2;
    content += (cjk - formal) / 2;
  }
  // Words that only grammar needs make a sentence of it, however formal its vocabulary.
  return template >= 5 && template >= content * 1.2 && grammar <= template * 0.25;
}
