/** A link that the router follows without loading the page anew, by its address. */
import { useRouter, useRouterState } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { type Search, stringifySearch } from './search';

type Props = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & { href: string };

export function Link({ href, onClick, ...rest }: Props) {
  const router = useRouter();
  // Which workspaces are looked at stays the same from page to page.
  const kept = useRouterState({ select: (it) => (it.location.search as Search).workspace });
  if (kept !== undefined && !/[?&]workspace=/.test(href)) {
    const text = stringifySearch({ workspace: kept });
    href += href.includes('?') ? text.replace('?', '&') : text;
  }
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    router.history.push(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
