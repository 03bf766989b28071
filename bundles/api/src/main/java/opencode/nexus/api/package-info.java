/** What every contract shares: the one coded exception. */
@Export
@Version("1.1.0")
@NullMarked
package opencode.nexus.api;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
