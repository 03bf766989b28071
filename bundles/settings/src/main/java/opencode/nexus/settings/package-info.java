/** What the owner may set: checked, written whole, applied live. */
@NullMarked
package opencode.nexus.settings;

import org.jspecify.annotations.NullMarked;
