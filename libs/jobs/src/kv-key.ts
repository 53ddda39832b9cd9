const KEY = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,99}$/;

export const KV_KEY_RULE = 'has 1 to 100 of the characters A-Z a-z 0-9 . _ : @ / - and begins with a letter or digit';

export const isKvKey = (text: string): boolean => KEY.test(text);
