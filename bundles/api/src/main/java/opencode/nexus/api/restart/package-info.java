/** What is done when a supervised thing dies, hangs or grows. */
@Export
@Version("1.0.0")
@NullMarked
package opencode.nexus.api.restart;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
