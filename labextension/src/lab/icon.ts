/** The assistant's icon. */
import { LabIcon } from '@jupyterlab/ui-components';

/** A speech bubble that holds a prompt. `jp-icon3` takes JupyterLab's colour in light and dark. */
export const assistantIcon = new LabIcon({
  name: 'jupyter-agent:assistant',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M5 3h14a3 3 0 0 1 3 3v9a3 3 0 0 1-3 3h-7l-5 4v-4H5a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3zm0 2a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1V6a1 1 0 0 0-1-1H5z"/>
  <path class="jp-icon3" fill="#616161" d="M7 7.4 8.4 6l4.2 4.2-4.2 4.2L7 13l2.8-2.8zM13 12.4h4.6v2H13z"/>
</svg>`,
});
