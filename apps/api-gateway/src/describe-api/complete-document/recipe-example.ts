export const recipe = {
  name: 'option-pricing',
  version: '1.0.0',
  description: 'Price and Greeks of a European option by Monte Carlo.',
  payload_schema: { type: 'object', required: ['paths'], properties: { paths: { type: 'integer', minimum: 4 } } },
  examples: [{ paths: 200_000 }],
  requirements: { cpu: 1 },
  limits: { timeout_s: 3600, tasks: 1000 },
};

/** Bodies of `POST /recipes/{name}/jobs`. */
export const recipeJobExamples = {
  one: {
    summary: 'One payload',
    value: {
      payload: {
        kind: 'call',
        spot: 100,
        strike: 105,
        rate: 0.05,
        volatility: 0.2,
        maturity: 1,
        paths: 200_000,
      },
    },
  },
};
