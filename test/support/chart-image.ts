/** The value that the chart cannot do without. No pod of these tests pulls it. */
export const chartImage = '--set=image.repository=registry.example.com/sp-agent';
