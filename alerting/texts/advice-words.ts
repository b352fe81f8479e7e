// What patients and carers read, in each language: first what to do, then why, no value and no name of a disease. Data; what is advised
// when, with its sources, stands in domain/alerts/advice.ts.
import {
  type Advice,
  AMBULANCE,
  RECHECK_LOW_AFTER_MIN as RECHECK_MIN,
  REST_BEFORE_REPEAT_MIN as REST_MIN,
} from '../../domain/alerts/advice.ts';
import type { Language } from '../../domain/language.ts';

export interface AdviceText {
  /** One line that may stand on a lock screen. */
  readonly title: string;
  readonly advice: string;
}

export interface AdviceWords {
  readonly patient: Readonly<Record<Advice, AdviceText>>;
  /** What is not named here the carer is asked to see to, without saying what it is. */
  readonly carer: Partial<Readonly<Record<Advice, AdviceText>>> & { readonly otherwise: AdviceText };
  /** Of whom a carer is told. */
  readonly about: (surname: string) => string;
  readonly optOut: (link: string) => string;
}

export const ADVICE_WORDS: Readonly<Record<Language, AdviceWords>> = {
  zh: {
    patient: {
      sugar_now: {
        title: '请马上吃糖或喝含糖饮料',
        advice: `您的血糖低了。吃糖后${RECHECK_MIN}分钟再测一次，仍低就再吃。如感到不适，请打${AMBULANCE}`,
      },
      check_low: {
        title: '请测一次血糖',
        advice: `您的血糖可能正在变低。如测得偏低，或心慌、出汗、发抖，请吃糖，${RECHECK_MIN}分钟后再测一次`,
      },
      check_high: {
        title: '请再测一次血糖',
        advice: `您的血糖偏高。请按医生的嘱咐处理。如恶心呕吐、呼吸急促或神志不清，请打${AMBULANCE}`,
      },
      rest_pressure: {
        title: '请坐下休息，再测一次血压',
        advice: `您的血压偏高。请安静休息${REST_MIN}分钟后再测。如胸痛、呼吸困难、神志改变、肢体无力、剧烈头痛或视物不清，请打${AMBULANCE}`,
      },
      measure_again: {
        title: '请再测一次血压',
        advice: `刚才的测量需要确认。请安静坐着休息${REST_MIN}分钟，再测一次。如感到不适，请打${AMBULANCE}`,
      },
      check_transfer: {
        title: '请检查测量设备',
        advice: '您的一部分测量数据没有收到。请检查设备是否佩戴好、有电，并靠近手机或网关',
      },
      check_device: {
        title: '请检查测量设备',
        advice: '请看看设备是否工作正常；如不确定，请联系您的家庭医生团队',
      },
      measure_as_planned: { title: '请按计划测量', advice: '有几次约定的测量没有收到。请按约定的时间测量' },
      ask_team: {
        title: '请联系您的家庭医生团队',
        advice: `您近期的测量结果需要医生看一看。如感到不适，请打${AMBULANCE}`,
      },
    },
    carer: {
      sugar_now: {
        title: '请马上去看看您照护的人',
        advice: `对方的血糖低了。如清醒，请马上给对方吃糖或喝含糖饮料，${RECHECK_MIN}分钟后再测一次；如叫不醒或不能吞咽，不要喂食，请马上打${AMBULANCE}`,
      },
      otherwise: {
        title: '请联系您照护的人',
        advice: `对方近期的测量结果需要留意。如对方感到不适，请打${AMBULANCE}`,
      },
    },
    about: (surname) => `您照护的人：${surname}`,
    optOut: (link) => `脉守提醒，不再接收请点：${link}`,
  },
  en: {
    patient: {
      sugar_now: {
        title: 'Eat or drink something sugary now',
        advice: `Your glucose is low. Measure again ${RECHECK_MIN} minutes after the sugar, and take more if it is still low. If you feel unwell, call ${AMBULANCE}`,
      },
      check_low: {
        title: 'Please check your glucose',
        advice: `It may be falling. If it is low, or you are shaky, sweating or your heart races, take something sugary and measure again after ${RECHECK_MIN} minutes`,
      },
      check_high: {
        title: 'Please check your glucose again',
        advice: `It is high. Do as your doctor has told you. If you vomit, breathe fast or are confused, call ${AMBULANCE}`,
      },
      rest_pressure: {
        title: 'Please sit down, rest and measure again',
        advice: `Your blood pressure is high. Measure again after ${REST_MIN} minutes of rest. For chest pain, breathlessness, confusion, weakness, severe headache or trouble seeing, call ${AMBULANCE}`,
      },
      measure_again: {
        title: 'Please measure your blood pressure again',
        advice: `The last measurement has to be confirmed. Sit quietly for ${REST_MIN} minutes, then measure again. If you feel unwell, call ${AMBULANCE}`,
      },
      check_transfer: {
        title: 'Please check your device',
        advice:
          'Some of its measurements have not been received. See that it is worn, charged and near your phone or gateway',
      },
      check_device: {
        title: 'Please check your device',
        advice: 'See whether it works as it should. If you are not sure, ask your family doctor’s team',
      },
      measure_as_planned: {
        title: 'Please measure as planned',
        advice: 'Some planned measurements have not been received. Please measure at the agreed times',
      },
      ask_team: {
        title: 'Please contact your family doctor’s team',
        advice: `A doctor should look at your recent measurements. If you feel unwell, call ${AMBULANCE}`,
      },
    },
    carer: {
      sugar_now: {
        title: 'Please look after the person you care for now',
        advice: `Their glucose is low. If awake, give them sugar or a sugary drink at once and measure again after ${RECHECK_MIN} minutes. If they can’t be woken or can’t swallow, give nothing by mouth and call ${AMBULANCE} at once`,
      },
      otherwise: {
        title: 'Please contact the person you care for',
        advice: `Their recent measurements need attention. If they feel unwell, call ${AMBULANCE}`,
      },
    },
    about: (surname) => `The person you care for: ${surname}`,
    optOut: (link) => `Pulseward. To stop these messages: ${link}`,
  },
};
